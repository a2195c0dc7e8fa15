//! What is asked at a terminal and what happens when somebody does not go on: passphrases, confirmations, names, Ctrl-C.
#![allow(clippy::unwrap_used, reason = "a test stops at the first surprise")]

use std::{fs, net::UdpSocket, path::Path, sync::mpsc, thread, time::Duration};

use rustix::process::Signal;
use serde_json::json;
use tidings_tests::{
    cli::{Cli, PASSPHRASE},
    post::{Post, picture, texts},
    relay::Relay,
    terminal::{CTRL_C, CTRL_D, Terminal},
};

/// A passphrase is asked for twice, in the person's language, shown never, and nothing is made before it is right.
#[test]
fn a_new_passphrase_is_asked_for_twice() {
    let place = tempfile::tempdir().unwrap();
    let relay = Relay::start(place.path()).unwrap();
    let address = relay.address().to_string();
    for (language, first, again, differs, short, empty, made) in [
        (
            "uk",
            "Придумайте парольну фразу з кількох слів: ",
            "Ще раз та сама парольна фраза: ",
            "Парольні фрази не збігаються. Нічого не створено",
            "Парольна фраза закоротка: потрібно щонайменше 8 символів.",
            "Парольна фраза порожня.",
            "Обліковий запис «Олена» створено",
        ),
        (
            "ru",
            "Придумайте парольную фразу из нескольких слов: ",
            "Та же парольная фраза ещё раз: ",
            "Парольные фразы не совпадают. Ничего не создано",
            "Парольная фраза слишком короткая: нужно не меньше 8 символов.",
            "Парольная фраза пустая.",
            "Учётная запись «Олена» создана",
        ),
        (
            "en",
            "Choose a passphrase of several words: ",
            "The same passphrase once more: ",
            "The two passphrases differ. Nothing was made",
            "The passphrase is too short: at least 8 characters.",
            "The passphrase is empty.",
            "The account of Олена is ready",
        ),
    ] {
        let cli = Cli::new(place.path(), language).language(language);
        let init = ["init", "--name", "Олена", "--relay", &address];
        let begin = || {
            let mut terminal = cli.on_terminal(&init).unwrap();
            terminal.wait_for(first).unwrap();
            terminal.wait_until_silent().unwrap();
            terminal
        };
        let refused = |mut terminal: Terminal, sentence: &str| {
            assert_eq!(terminal.wait().unwrap().code(), Some(2));
            terminal.wait_for(sentence).unwrap();
            assert!(terminal.echoes().unwrap());
            assert!(!terminal.shown().contains(PASSPHRASE));
            assert!(!cli.home().exists(), "{language}: something was made");
        };
        let twice = |second: &str| {
            let mut terminal = begin();
            terminal.type_line(PASSPHRASE).unwrap();
            terminal.wait_for(again).unwrap();
            terminal.wait_until_silent().unwrap();
            terminal.type_line(second).unwrap();
            terminal
        };
        refused(twice("зимовий ранок над озером"), differs);
        for (typed, sentence) in [("я", short), ("", empty), ("   ", empty)] {
            let terminal = begin();
            terminal.type_line(typed).unwrap();
            refused(terminal, sentence);
        }
        let terminal = begin();
        terminal.press(CTRL_D).unwrap();
        refused(terminal, empty);

        let mut terminal = twice(PASSPHRASE);
        assert!(terminal.wait().unwrap().success(), "{}", terminal.shown());
        terminal.wait_for(made).unwrap();
        assert!(!terminal.shown().contains(PASSPHRASE));
        // It is the one that was typed.
        assert_eq!(cli.json(&["list"]).unwrap(), json!([]));
    }
}

/// What cannot be undone is asked, and only the whole word for yes in the person's language means it.
#[test]
fn what_cannot_be_undone_is_asked() {
    let post = Post::new().unwrap();
    post.acquainted().unwrap();
    for (language, answer, question, refused, stopped) in [
        (
            "uk",
            "ні",
            "Зупинити листування? Введіть «так»: ",
            "Не підтверджено; нічого не змінено.",
            "",
        ),
        (
            "ru",
            "нет",
            "Остановить переписку? Введите «да»: ",
            "Не подтверждено; ничего не изменено.",
            "",
        ),
        (
            "ru",
            "y",
            "Остановить переписку? Введите «да»: ",
            "Не подтверждено; ничего не изменено.",
            "",
        ),
        (
            "en",
            "no",
            "Stop writing to office? Type yes: ",
            "Not confirmed; nothing was changed.",
            "",
        ),
        (
            "en",
            "",
            "Stop writing to office? Type yes: ",
            "Not confirmed; nothing was changed.",
            "",
        ),
        (
            "en",
            "yes",
            "Stop writing to office? Type yes: ",
            "",
            "Nothing more is sent to office",
        ),
    ] {
        let family = family(post.folder.path(), language);
        let mut terminal = asked(&family, &["contact", "freeze", "office"]);
        terminal.wait_for(question).unwrap();
        terminal.type_line(answer).unwrap();
        let code = if refused.is_empty() { 0 } else { 1 };
        assert_eq!(terminal.wait().unwrap().code(), Some(code));
        terminal.wait_for(refused).unwrap();
        terminal.wait_for(stopped).unwrap();
        let trust = &family.json(&["contact", "list"]).unwrap()[0]["trust"];
        assert_eq!(trust == "frozen", refused.is_empty(), "{language} {answer}");
    }
    for (answer, question, is_deleted) in [
        ("ok", "Видалити", false),
        (
            "ні",
            "Назавжди видалити лист 1 з цього пристрою? Введіть «так»: ",
            false,
        ),
        (
            "Так",
            "Назавжди видалити лист 1 з цього пристрою? Введіть «так»: ",
            true,
        ),
    ] {
        let family = family(post.folder.path(), "uk");
        let mut terminal = asked(&family, &["forget", "1"]);
        terminal.wait_for("до «office»").unwrap();
        if answer != "ok" {
            terminal.wait_for(question).unwrap();
        }
        terminal.type_line(answer).unwrap();
        assert_eq!(terminal.wait().unwrap().success(), is_deleted);
        let written = texts(&family, "out").unwrap();
        assert_eq!(written.is_empty(), is_deleted, "{answer}");
    }
}

/// For whom a letter is need not stand on the command line, where everybody on the machine can read it.
#[test]
fn for_whom_a_letter_is_is_asked() {
    const NAME: &str = "Коваленко Тарас Петрович";
    let post = Post::new().unwrap();
    let family = family(post.folder.path(), "uk");
    let question =
        "Повне ім'я полоненого, для якого цей лист (порожньо — для самого офісу «office»): ";
    for more in [&[][..], &["--for", "-"]] {
        let arguments = [&["write", "--to", "office"], more].concat();
        let mut terminal = asked(&family, &arguments);
        terminal.wait_for(question).unwrap();
        assert!(!terminal.command_line().unwrap().contains("Коваленко"));
        terminal.type_line(NAME).unwrap();
        terminal.wait_for("Пишіть лист;").unwrap();
        terminal.type_line("Тарасику, яблуня зацвіла.").unwrap();
        terminal.press(CTRL_D).unwrap();
        assert!(terminal.wait().unwrap().success(), "{}", terminal.shown());
        terminal.wait_for("уже на сервері").unwrap();
    }
    // A name that is none is refused before the letter is typed in, and asked for again.
    let mut terminal = asked(&family, &["write", "--to", "office"]);
    for (name, wrong) in [
        ("Кoваленко", "змішано схожі літери двох абеток"),
        ("Кова\u{200b}ленко", "невидим"),
    ] {
        terminal.wait_for(question).unwrap();
        terminal.type_line(name).unwrap();
        terminal.wait_for(wrong).unwrap();
    }
    // No answer is not the empty answer.
    terminal.wait_for(question).unwrap();
    terminal.press(CTRL_D).unwrap();
    assert_eq!(terminal.wait().unwrap().code(), Some(1));

    let written = family.json(&["list"]).unwrap();
    let written = written.as_array().unwrap();
    assert_eq!(written.len(), 2, "{written:?}");
    for letter in written {
        assert_eq!(letter["addressee"], NAME);
        assert_eq!(letter["text"], "Тарасику, яблуня зацвіла.");
    }
}

/// Whatever is asked, Ctrl-C ends it with one sentence, the terminal shows what is typed again, and nothing was done.
#[test]
fn a_question_can_be_interrupted() {
    let post = Post::new().unwrap();
    let before = post.family.json(&["contact", "list"]).unwrap();
    for (language, said) in [
        (
            "uk",
            "Перервано. Нічого не змінено й нічого не надіслано.\n",
        ),
        (
            "ru",
            "Прервано. Ничего не изменено и ничего не отправлено.\n",
        ),
        (
            "en",
            "Interrupted. Nothing was changed and nothing was sent.\n",
        ),
    ] {
        let interrupted = |mut terminal: Terminal| {
            terminal.press(CTRL_C).unwrap();
            assert_eq!(
                terminal.wait().unwrap().code(),
                Some(130),
                "{}",
                terminal.shown()
            );
            terminal.wait_for(said).unwrap();
            let shown = terminal.shown();
            assert!(shown.ends_with(said), "{shown}");
            assert!(terminal.echoes().unwrap(), "{language}: the echo is gone");
        };
        let on = |arguments: &[&str]| {
            let terminal = family(post.folder.path(), language)
                .on_terminal(arguments)
                .unwrap();
            terminal.wait_until_silent().unwrap();
            terminal
        };
        interrupted(on(&["list"]));
        let opened = |arguments: &[&str], question: &str| {
            let mut terminal = on(arguments);
            terminal.type_line(PASSPHRASE).unwrap();
            terminal.wait_for(question).unwrap();
            terminal
        };
        interrupted(opened(&["contact", "freeze", "office"], "office"));
        interrupted(opened(&["write", "--to", "office"], "office"));
        let mut writing = opened(&["write", "--to", "office", "--yes"], "Ctrl-D");
        writing.type_line("half a letter").unwrap();
        writing.wait_for("half a letter").unwrap();
        interrupted(writing);
        // What no key sends leaves the terminal as it was as well.
        let mut terminated = on(&["list"]);
        terminated.signal(Signal::TERM).unwrap();
        assert_eq!(terminated.wait().unwrap().code(), Some(143));
        assert!(terminated.echoes().unwrap());
    }
    assert_eq!(post.family.json(&["contact", "list"]).unwrap(), before);
    assert_eq!(post.family.json(&["list"]).unwrap(), json!([]));
}

/// A relay's place at which nobody answers. Whatever comes is taken, so that a client waits.
struct BlackHole(UdpSocket);

impl BlackHole {
    fn at(port: u16) -> Self {
        let socket = UdpSocket::bind(("127.0.0.1", port)).unwrap();
        socket
            .set_read_timeout(Some(Duration::from_secs(60)))
            .unwrap();
        Self(socket)
    }

    /// Forgets all who have knocked.
    fn forget(&self) {
        self.0.set_nonblocking(true).unwrap();
        while self.0.recv(&mut [0; 2_048]).is_ok() {}
        self.0.set_nonblocking(false).unwrap();
    }

    /// Waits until somebody knocks.
    fn wait_for_a_knock(&self) {
        self.0.recv(&mut [0; 2_048]).unwrap();
    }
}

/// Ctrl-C while something is on its way says what is kept, and that is kept: it goes on with the next command.
#[test]
fn sending_and_fetching_can_be_interrupted() {
    let post = Post::new().unwrap();
    post.acquainted().unwrap();
    let settings = post.relay.stop().unwrap();
    let hole = BlackHole::at(settings.listen_port());
    let text = post.folder.path().join("text.txt");
    fs::write(&text, "перервано й надіслано").unwrap();
    let text = text.to_str().unwrap();
    let interrupted = |language: &'static str, arguments: &[&str], said: &str| {
        hole.forget();
        let mut terminal = asked(&family(post.folder.path(), language), arguments);
        hole.wait_for_a_knock();
        terminal.press(CTRL_C).unwrap();
        assert_eq!(
            terminal.wait().unwrap().code(),
            Some(130),
            "{}",
            terminal.shown()
        );
        terminal.wait_for(said).unwrap();
    };
    let write = ["write", "--to", "office", "--yes", "--text", text];
    interrupted(
        "uk",
        &write,
        "Перервано. Лист 3 збережено на цьому пристрої;",
    );
    interrupted(
        "ru",
        &["outbox", "--send"],
        "Прервано. То, чего на сервере ещё нет,",
    );
    interrupted(
        "en",
        &["collect"],
        "Interrupted. What has been fetched is kept,",
    );
    interrupted(
        "en",
        &["--json", "collect"],
        r#"{"error":{"code":"interrupted-fetching","detail":null,"message":"Interrupted. "#,
    );
    let address = format!(
        "tidings://127.0.0.1:{}/#{}",
        settings.listen_port(),
        "a".repeat(52)
    );
    let other = Cli::new(post.folder.path(), "other");
    hole.forget();
    let mut init = other
        .spawn(&["init", "--name", "Олена", "--relay", &address])
        .unwrap();
    hole.wait_for_a_knock();
    init.signal(Signal::INT).unwrap();
    assert_eq!(
        init.wait(Duration::from_secs(60)).unwrap().code(),
        Some(130)
    );
    assert!(
        init.output().contains("Interrupted. The account is made;"),
        "{}",
        init.output()
    );
    assert_eq!(other.json(&["list"]).unwrap(), json!([]));

    drop(hole);
    let _relay = settings.start().unwrap();
    let sent = post.family.json(&["outbox", "--send"]).unwrap();
    assert_eq!(sent["waiting"], json!([]), "{sent}");
    post.office.json(&["collect"]).unwrap();
    assert_eq!(
        texts(&post.office, "in").unwrap(),
        ["acquainted", "перервано й надіслано"]
    );
}

/// Ctrl-C while a letter is put together, and that takes too long to be waited for: what is said is conditional, and the command
/// that it names tells.
#[test]
fn a_letter_that_takes_long_can_be_interrupted() {
    /// Longer than the command line waits for something certain to be said.
    const PAST_PATIENCE: Duration = Duration::from_millis(3_300);
    /// Work that pictures alone can be.
    const AT_WORK: Duration = Duration::from_millis(100);
    /// So many of them are several times that.
    const PICTURES: usize = 12;
    /// How long anything may take on a loaded machine.
    const LIMIT: Duration = Duration::from_secs(60);
    let post = Post::new().unwrap();
    let text = post.text("Тарасику, подивися на наш сад.").unwrap();
    let photo = picture("garden-phone.jpg");
    // The text comes through a pipe: what costs time after its end is putting together.
    let pipe = post.folder.path().join("pipe.txt");
    let made = std::process::Command::new("mkfifo").arg(&pipe).status();
    assert!(made.unwrap().success());
    let piped = pipe.to_str().unwrap();
    let mut write = vec!["write", "--to", "office", "--yes", "--text", piped];
    for path in [&photo; PICTURES] {
        write.extend(["--photo", path.to_str().unwrap()]);
    }
    for (language, said) in [
        (
            "uk",
            "Перервано, поки лист складався. Якщо він є в tidings list,",
        ),
        (
            "ru",
            "Прервано, пока письмо составлялось. Если оно есть в tidings list,",
        ),
        (
            "en",
            "Interrupted while the letter was being put together. If it stands in tidings list,",
        ),
    ] {
        let family = family(post.folder.path(), language);
        let mut process = family.spawn(&write).unwrap();
        let (from, to) = (text.clone(), pipe.clone());
        let (taken, is_taken) = mpsc::channel();
        // Opening the pipe waits for whoever reads it.
        thread::spawn(move || taken.send(fs::copy(from, to).is_ok()));
        assert!(is_taken.recv_timeout(LIMIT).unwrap());
        let worked = || process.usage().unwrap().cpu;
        let before = worked();
        while worked() < before + AT_WORK {
            thread::sleep(Duration::from_millis(5));
        }
        process.signal(Signal::INT).unwrap();
        // Time passes for whoever waits for the letter, and not for whoever puts it together.
        thread::sleep(AT_WORK);
        process.signal(Signal::STOP).unwrap();
        thread::sleep(PAST_PATIENCE);
        process.signal(Signal::CONT).unwrap();
        let status = process.wait(LIMIT).unwrap();
        assert_eq!(status.code(), Some(130), "{}", process.output());
        assert!(process.output().contains(said), "{}", process.output());
        // Nothing is left of it, and the account is whole.
        assert_eq!(family.json(&["list"]).unwrap(), json!([]));
    }
}

/// The family with its command line in another language.
fn family(folder: &Path, language: &'static str) -> Cli {
    Cli::new(folder, "family").language(language)
}

/// Starts a command on a terminal and types the passphrase.
fn asked(cli: &Cli, arguments: &[&str]) -> Terminal {
    let terminal = cli.on_terminal(arguments).unwrap();
    terminal.wait_until_silent().unwrap();
    terminal.type_line(PASSPHRASE).unwrap();
    terminal
}
