//! Names of people in two scripts: transliteration, matching, ranking.
