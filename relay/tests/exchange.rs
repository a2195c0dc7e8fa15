//! Every request over real sockets, and what is refused (`docs/spec/exchange.md`).
#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    reason = "a test stops at the first surprise"
)]

mod support;

use std::{sync::atomic::Ordering, time::Duration};

use support::{
    envelope, is_deposited,
    memory::QUOTA,
    rng,
    running::{Running, TODAY},
};
use tidings_protocol::{
    exchange::{Answer, ChunkClass, PutBlob, Refusal, Request},
    ids::{BlobId, Capability, EnvelopeHash, MailboxAddress},
    limits::{COLLECT_MAX, ENVELOPE_LEN, RETENTION_DAYS, RETENTION_SPREAD_DAYS},
    owner::{OwnerAnswer, OwnerRequest},
    secret::SigningSecret,
};
use tokio::time::{Instant, timeout};

/// EXCH-5: hello shows who the relay is, and refuses versions that it does not speak.
#[tokio::test]
async fn hello_shows_certificate_day_and_version() {
    let relay = Running::start();
    let client = relay.client().await;
    let (answer, _) = client.hello().await;
    assert_eq!((answer.version, answer.day), (1, TODAY));
    for (lowest, highest, refusal) in [
        (
            2,
            9,
            Refusal::Version {
                lowest: 1,
                highest: 1,
            },
        ),
        (
            0,
            0,
            Refusal::Version {
                lowest: 1,
                highest: 1,
            },
        ),
        (2, 1, Refusal::Malformed),
    ] {
        let (answer, _) = client.ask(&Request::Hello { lowest, highest }, b"").await;
        assert_eq!(answer, Answer::Refused(refusal), "{lowest} to {highest}");
    }
}

/// EXCH-11, EXCH-16, EXCH-17: what is deposited is collected in order, stays until it is acknowledged, and a repeated
/// deposit changes nothing.
#[tokio::test]
async fn a_letter_is_deposited_collected_acknowledged() {
    let relay = Running::start();
    let (client, certificate, owner, address) = relay.mailbox(1).await;
    for number in [1, 2, 1, 3, 3] {
        assert!(is_deposited(
            &client.deposit(address, &envelope(number)).await
        ));
    }
    let collect = |after, max| OwnerRequest::Collect { after, max };
    let (answer, body) = client
        .owner(&owner, &certificate, &collect(0, 2))
        .await
        .unwrap();
    assert_eq!(
        answer,
        OwnerAnswer::Collected {
            places: vec![1, 2],
            more: true
        }
    );
    assert_eq!(body, [envelope(1), envelope(2)].concat());
    let (answer, body) = client
        .owner(&owner, &certificate, &collect(2, 128))
        .await
        .unwrap();
    assert_eq!(
        answer,
        OwnerAnswer::Collected {
            places: vec![3],
            more: false
        }
    );
    assert_eq!(body, envelope(3));

    let letters = vec![
        EnvelopeHash::of(&envelope(1)),
        EnvelopeHash::of(&envelope(3)),
        EnvelopeHash([9; 32]),
    ];
    let acknowledge = OwnerRequest::Acknowledge { letters };
    for _ in 0..2 {
        let (answer, _) = client
            .owner(&owner, &certificate, &acknowledge)
            .await
            .unwrap();
        assert_eq!(answer, OwnerAnswer::Acknowledged);
    }
    let (answer, body) = client
        .owner(&owner, &certificate, &collect(0, 128))
        .await
        .unwrap();
    assert_eq!(
        answer,
        OwnerAnswer::Collected {
            places: vec![2],
            more: false
        }
    );
    assert_eq!(body, envelope(2));
}

/// EXCH-16: a full collect answer, the largest that there is.
#[tokio::test]
async fn the_largest_collect_answer_passes() {
    let relay = Running::start();
    let (client, certificate, owner, address) = relay.mailbox(1).await;
    for number in 0..=u64::from(COLLECT_MAX) {
        client.deposit(address, &envelope(number)).await;
    }
    let collect = OwnerRequest::Collect {
        after: 0,
        max: COLLECT_MAX,
    };
    let (answer, body) = client.owner(&owner, &certificate, &collect).await.unwrap();
    let OwnerAnswer::Collected { places, more: true } = answer else {
        panic!("{answer:?}")
    };
    assert_eq!(places.len(), usize::from(COLLECT_MAX));
    assert_eq!(body.len(), usize::from(COLLECT_MAX) * ENVELOPE_LEN);
    assert_eq!(&body[ENVELOPE_LEN..2 * ENVELOPE_LEN], envelope(1));
}

/// STORE-9: letters go around the 180th day, on different days.
#[tokio::test]
async fn expiry_is_spread() {
    let relay = Running::start();
    let (client, _, _, address) = relay.mailbox(1).await;
    for number in 0..60 {
        client.deposit(address, &envelope(number)).await;
    }
    let mut days = relay.store.expiries(&address);
    days.sort_unstable();
    let (first, last) = (
        TODAY.plus(RETENTION_DAYS - RETENTION_SPREAD_DAYS),
        TODAY.plus(RETENTION_DAYS + RETENTION_SPREAD_DAYS),
    );
    assert!(days[0] >= first && days[59] <= last, "{days:?}");
    days.dedup();
    // 60 draws of 29 days leave fewer than 12 different ones about once in 10^11 runs.
    assert!(days.len() >= 12, "{days:?}");
}

#[tokio::test]
async fn mailboxes_that_are_not_there_full_or_deleted_are_told_apart_by_their_owner_only() {
    let relay = Running::start();
    let (client, certificate, owner, address) = relay.mailbox(1).await;
    let nobody = MailboxAddress([7; 32]);
    let refused = |answer: Answer| match answer {
        Answer::Refused(refusal) => refusal,
        other => panic!("{other:?}"),
    };
    assert_eq!(
        refused(client.deposit(nobody, &envelope(0)).await),
        Refusal::NoMailbox
    );
    for number in 0..u64::from(QUOTA) {
        assert!(is_deposited(
            &client.deposit(address, &envelope(number)).await
        ));
    }
    assert_eq!(
        refused(client.deposit(address, &envelope(900)).await),
        Refusal::MailboxFull
    );
    assert!(
        is_deposited(&client.deposit(address, &envelope(5)).await),
        "a repeated one is no more"
    );

    for _ in 0..2 {
        let (answer, _) = client
            .owner(&owner, &certificate, &OwnerRequest::DeleteMailbox)
            .await
            .unwrap();
        assert_eq!(answer, OwnerAnswer::Deleted);
    }
    assert_eq!(
        refused(client.deposit(address, &envelope(0)).await),
        Refusal::NoMailbox
    );
    for request in [
        OwnerRequest::CreateMailbox,
        OwnerRequest::Collect { after: 0, max: 1 },
    ] {
        let (answer, _) = client.owner(&owner, &certificate, &request).await.unwrap();
        assert_eq!(
            answer,
            OwnerAnswer::Refused(Refusal::MailboxDeleted),
            "{request:?}"
        );
    }
}

/// EXCH-12: only the owner's key opens the mailbox; a request of somebody else is about his own mailbox.
#[tokio::test]
async fn a_stranger_reaches_only_his_own_mailbox() {
    let relay = Running::start();
    let (client, certificate, owner, address) = relay.mailbox(1).await;
    client.deposit(address, &envelope(1)).await;
    let stranger = SigningSecret::random(&mut rng(99));
    let collect = OwnerRequest::Collect { after: 0, max: 1 };
    let (answer, _) = client
        .owner(&stranger, &certificate, &collect)
        .await
        .unwrap();
    assert_eq!(answer, OwnerAnswer::Refused(Refusal::NoMailbox));

    let (mut sealed, _) = collect.seal(&owner, &certificate, &mut rng(4)).unwrap();
    sealed.ciphertext[50] ^= 1;
    let (answer, _) = client.ask(&Request::Owner(Box::new(sealed)), b"").await;
    assert_eq!(answer, Answer::Refused(Refusal::NotAuthorised));

    let (mut sealed, _) = collect.seal(&owner, &certificate, &mut rng(5)).unwrap();
    sealed.online_key.0[0] ^= 1;
    let (answer, _) = client.ask(&Request::Owner(Box::new(sealed)), b"").await;
    assert_eq!(answer, Answer::Refused(Refusal::OnlineKey));
}

/// EXCH-15: prekeys rise.
#[tokio::test]
async fn prekeys_are_published_and_fetched() {
    let relay = Running::start();
    let (client, certificate, owner, address) = relay.mailbox(1).await;
    let fetch = Request::FetchPrekeys { address };
    assert_eq!(
        client.ask(&fetch, b"").await.0,
        Answer::Refused(Refusal::NoPrekeys)
    );
    let publish = |sequence, record: &[u8]| OwnerRequest::PublishPrekeys {
        sequence,
        record: record.to_vec(),
    };
    for (request, expected) in [
        (publish(5, b"five"), OwnerAnswer::Published),
        (publish(5, b"five"), OwnerAnswer::Published),
        (
            publish(5, b"other"),
            OwnerAnswer::Refused(Refusal::Stale { stored: 5 }),
        ),
        (
            publish(4, b"four"),
            OwnerAnswer::Refused(Refusal::Stale { stored: 5 }),
        ),
        (publish(6, &[6; 6_144]), OwnerAnswer::Published),
    ] {
        assert_eq!(
            client
                .owner(&owner, &certificate, &request)
                .await
                .unwrap()
                .0,
            expected
        );
    }
    let (answer, _) = client.ask(&fetch, b"").await;
    assert_eq!(
        answer,
        Answer::Prekeys {
            sequence: 6,
            record: vec![6; 6_144]
        }
    );
}

/// EXCH-18: a watch ends with the letter that it waits for, at once if one is there, and after its time if none comes.
#[tokio::test]
async fn a_watch_wakes_for_a_letter() {
    let relay = Running::start();
    let (client, certificate, owner, address) = relay.mailbox(1).await;
    let watch = |after, seconds| OwnerRequest::Watch { after, seconds };
    let begun = Instant::now();
    let (answer, _) = client
        .owner(&owner, &certificate, &watch(0, 1))
        .await
        .unwrap();
    assert_eq!(answer, OwnerAnswer::Watched { waiting: false });
    assert!(begun.elapsed() >= Duration::from_secs(1));

    let request = watch(0, 300);
    let waiting = client.owner(&owner, &certificate, &request);
    let depositing = async {
        tokio::time::sleep(Duration::from_millis(300)).await;
        client.deposit(address, &envelope(1)).await
    };
    let (watched, deposited) = timeout(Duration::from_secs(30), async {
        tokio::join!(waiting, depositing)
    })
    .await
    .expect("woken by the deposit");
    assert!(is_deposited(&deposited));
    assert_eq!(watched.unwrap().0, OwnerAnswer::Watched { waiting: true });
    let again = watch(0, 300);
    let at_once = timeout(
        Duration::from_secs(30),
        client.owner(&owner, &certificate, &again),
    );
    assert_eq!(
        at_once.await.unwrap().unwrap().0,
        OwnerAnswer::Watched { waiting: true }
    );
}

/// EXCH-20 to EXCH-24: a chunk is written in pieces, read in pieces, deleted, each with its own capability.
#[tokio::test]
async fn a_blob_resumes_at_any_byte() {
    let relay = Running::start();
    let client = relay.client().await;
    let [write, read, delete] = [1, 2, 3].map(|n| Capability([n; 32]));
    let id = BlobId([4; 32]);
    let chunk: Vec<u8> = (0..1_048_576_u32).map(|n| (n % 251) as u8).collect();
    let put = |offset| {
        Request::PutBlob(PutBlob {
            id,
            class: ChunkClass::Huge,
            write,
            read: read.hash(),
            delete: delete.hash(),
            offset,
        })
    };
    let get = |read, offset, length| Request::GetBlob {
        id,
        read,
        offset,
        length,
    };
    let stored = |stored| Answer::BlobStored { stored };
    assert_eq!(client.ask(&put(0), b"").await.0, stored(0));
    assert_eq!(client.ask(&put(0), &chunk[..100]).await.0, stored(100));
    assert_eq!(
        client.ask(&put(101), &chunk[101..200]).await.0,
        Answer::Refused(Refusal::BlobPiece { stored: 100 })
    );
    assert_eq!(
        client.ask(&get(read, 0, 10), b"").await.0,
        Answer::Refused(Refusal::BlobIncomplete { stored: 100 })
    );
    assert_eq!(
        client.ask(&put(90), &chunk[90..]).await.0,
        stored(1_048_576)
    );

    let (answer, body) = client.ask(&get(read, 0, u32::MAX), b"").await;
    assert_eq!(
        answer,
        Answer::BlobPiece {
            class: ChunkClass::Huge
        }
    );
    assert!(body == chunk, "the whole chunk comes back");
    let (_, body) = client.ask(&get(read, 1_048_570, 100), b"").await;
    assert_eq!(body, chunk[1_048_570..]);
    assert_eq!(
        client.ask(&get(write, 0, 10), b"").await.0,
        Answer::Refused(Refusal::NoBlob)
    );
    let remove = |delete| Request::DeleteBlob { id, delete };
    assert_eq!(
        client.ask(&remove(read), b"").await.0,
        Answer::Refused(Refusal::NoBlob)
    );
    assert_eq!(
        client.ask(&remove(delete), b"").await.0,
        Answer::BlobDeleted
    );
    assert_eq!(
        client.ask(&remove(delete), b"").await.0,
        Answer::BlobDeleted
    );
    assert_eq!(
        client.ask(&get(read, 0, 10), b"").await.0,
        Answer::Refused(Refusal::NoBlob)
    );
}

/// EXCH-25, EXCH-26: a deposit gives a receipt, which holds for its mailbox until the relay is put back.
#[tokio::test]
async fn receipts_are_given_and_checked() {
    let relay = Running::start();
    let (client, _, _, address) = relay.mailbox(1).await;
    let Answer::Deposited { receipt } = client.deposit(address, &envelope(1)).await else {
        panic!("the letter is not taken");
    };
    let check = async |address, receipt| {
        let request = Request::CheckReceipt { address, receipt };
        client.ask(&request, b"").await.0
    };
    let holds = |holds| Answer::ReceiptChecked { holds };
    assert_eq!(check(address, receipt).await, holds(true));
    let nobody = MailboxAddress([7; 32]);
    assert_eq!(check(nobody, receipt).await, holds(false));
    relay.store.put_back.store(true, Ordering::SeqCst);
    assert_eq!(check(address, receipt).await, holds(false));
}
