//! What an office may set.
#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    reason = "a test stops at the first surprise"
)]

use tidings_tests::post::Post;

/// DELIVERY-7: the notice by itself may be switched off, and on again.
#[test]
fn an_office_decides_whether_it_answers_by_itself() {
    let post = Post::new().unwrap();
    let quiet = post.office.json(&["card", "--tell-taken", "no"]).unwrap();
    assert_eq!(quiet["tells_taken"], false, "{quiet}");

    let told = |text: &str| {
        post.write(&post.family, "office", text).unwrap();
        let came = post.office.json(&["collect"]).unwrap();
        assert_eq!(came["letters"].as_array().unwrap().len(), 1, "{came}");
        let told = post.family.json(&["collect"]).unwrap();
        told["letters"].as_array().unwrap().len()
    };
    assert_eq!(told("Без відповіді."), 0);

    let loud = post.office.json(&["card", "--tell-taken", "yes"]).unwrap();
    assert_eq!(loud["tells_taken"], true, "{loud}");
    assert_eq!(told("З відповіддю."), 1);
}
