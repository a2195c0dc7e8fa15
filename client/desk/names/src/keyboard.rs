//! Which keys lie beside each other: a slip of a finger is likelier than any other wrong letter (NAMES-10).

/// Rows of the keyboards on which names are typed, shifted half a key from row to row. The Ukrainian and the Russian
/// one differ in four keys.
const BOARDS: [[&str; 3]; 3] = [
    ["йцукенгшщзхї", "фівапролджє", "ячсмитьбюґ"],
    ["йцукенгшщзхъ", "фывапролджэ", "ячсмитьбюё"],
    ["qwertyuiop", "asdfghjkl", "zxcvbnm"],
];

/// Whether two different lower-case letters are neighbours on one of the keyboards.
pub(crate) fn neighbours(one: char, other: char) -> bool {
    BOARDS.iter().any(|board| {
        match (place(board, one), place(board, other)) {
            (Some((row_a, column_a)), Some((row_b, column_b))) => match row_a.abs_diff(row_b) {
                0 => column_a.abs_diff(column_b) == 1,
                // The lower row is shifted to the right: key n touches n and n + 1 of the row above.
                1 => {
                    let (upper, lower) = if row_a < row_b {
                        (column_a, column_b)
                    } else {
                        (column_b, column_a)
                    };
                    upper == lower || upper == lower + 1
                }
                _ => false,
            },
            _ => false,
        }
    })
}

fn place(board: &[&str; 3], letter: char) -> Option<(usize, usize)> {
    board.iter().enumerate().find_map(|(row, keys)| {
        keys.chars()
            .position(|key| key == letter)
            .map(|column| (row, column))
    })
}
