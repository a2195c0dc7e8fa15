passphrase-prompt = Passphrase:{" "}
passphrase-new = Choose a passphrase of several words:{" "}
passphrase-again = The same passphrase once more:{" "}
passphrase-change = The new passphrase, several words:{" "}
passphrase-changed = The passphrase is changed. Copies of the folder that were made before still open with the old one: delete those that you do not need.

init-done = The account of { $name } is ready in { $home }.
init-next-family = To write to an office, add its card: tidings contact add CARD
init-waits = The relay could not be reached; what it must know is sent as soon as it can be.

init-relay-wrong = If the relay's address is wrong, put it right before you write to anybody: tidings relay ADDRESS
relay-corrected = The account uses this relay now: { $relay }
relay-card = A card that was given out before does not work. Give out the new one: tidings card

card-office = This account is an office: whoever has this card can write to you.
card-tells-taken = Families are told at once that their letter has been taken in.
card-tells-nothing = Families are told nothing until a person answers; until then their letters stay with the keys of the first one.
card-ask = Only an office has a card: with it families can write to this account, and it stays an office. A family needs none; it adds an office's card with tidings contact add. Make this account an office? Type yes:{" "}
card-ask-family = This account has contacts or letters of its own, as a family has. As an office it would wait for letters of families, and that stays so. Make this account an office all the same? Type yes:{" "}
card-link = Card:
card-words = Check words, to be read out by telephone to whoever wants to make sure of your card:
card-words-vouch = They vouch for the key, not for the name: a caller should have your number from somewhere else.
card-file = Card file written to { $path }.
card-waits = The card works once the relay has been reached; tidings outbox --send tries again.

contact-added = { $name } is in your contacts.
contact-known = This office is in your contacts already: { $name }, number { $number }. Its card is up to date.
contact-known-name = Its name stays as it is. To change it: tidings contact rename { $number } "{ $name }"
contact-looks = Warning: the name { $name } does not look like what it is: it holds hidden characters or letters of two alphabets. Be sure who this is before you trust it; give it another name with tidings contact rename { $number } NAME
contact-digits = Note: { $name } calls itself by digits only, and commands take digits for a number. Use its number, { $number }, or give it another name with tidings contact rename { $number } NAME
contact-alike = Warning: { $name } looks like { $other } (number { $other_number }) and is another contact: its name is written in other letters that look the same. Be sure who this is before you trust it. To tell the two apart: tidings contact rename { $number } NAME
contact-named = { $before } is now called { $name } here.
contact-check = Before you trust this card, ring the office under a number that you found yourself and compare the eight check words:
contact-check-how = Then confirm: tidings contact verify { $name }
contact-law = Please know: letters to captives are read by the authorities of both sides; the law of war allows it (Third Geneva Convention, article 76). On the way to the office nobody can read them. Write family news only: no units, ranks, places or telephone numbers.
contacts-none = No contacts yet. Add an office by its card: tidings contact add CARD
contact-line = { $id }  { $name }  ({ $role }, { $trust })
role-office = office
role-family = family
trust-unverified = not verified
trust-verified = verified on { $date }
trust-frozen = stopped
contact-verify-words = Check words of { $name }:
contact-verify-family = { $name } wrote to you for the first time. Make sure who it is before you send anything personal.
contact-verify-ask = Do they agree? Type yes:{" "}
contact-verify-ask-family = Are you sure who it is? Type yes:{" "}
contact-verified = { $name } is verified.
contact-not-verified = Nothing was changed.
contact-freeze-ask = Nothing more will be sent to { $name }, and what waits is withdrawn; this cannot be undone, only begun anew by the family. Stop writing to { $name }? Type yes:{" "}
contact-frozen-office = Nothing more is sent to { $name }; what waited is withdrawn. Do not trust what comes from there. When the office is itself again, begin anew: tidings contact renew { $number }, then write; the office verifies you again.
contact-frozen-family = Nothing more is sent to { $name }; what waited is withdrawn. Only the family can begin anew: on a new device with your card, or on its own with tidings contact renew --anew. Its letter comes here as a new contact: make sure who writes, then tidings contact verify. The old contact can go then: tidings contact forget { $number }
contact-renewing = New keys with { $name } are asked for with the next letter.
contact-renew-ask = Letters to { $name } that still wait here are withdrawn, and the office verifies you again; this cannot be undone. Begin anew? Type yes:{" "}
contact-renewed = You begin anew with { $name }: your next letter comes to the office as that of a new contact, and it verifies you again. Write it with: tidings write --to { $number }
contact-forgotten = { $name } is deleted here with keys and letters.
contact-forget-ask = Delete { $name } with all letters? Type yes:{" "}
contact-forget-family = { $name } can still write to you. If you delete it, it is told by a signed notice that you have ended the correspondence; what it has written and you have not collected will not open any more. Run tidings collect first if you want that.
contact-forget-silent = { $name } is not told, since nothing is sent to it any more. What it still writes will not open here.
contact-closing-sent = { $name } has been told that you ended the correspondence.
contact-closing-waits = { $name } is told that you ended the correspondence as soon as the relay is reached: tidings outbox --send.
answer-yes = yes

write-text-prompt = Write your letter; end with Ctrl-D on an empty line.
write-for-ask = Full name of the captive for whom the letter is (empty: for the office { $name } itself):{" "}
write-unverified = Note: nobody has made sure yet that the card of { $name } is the office's own: tidings contact verify shows the check words to compare by telephone.
write-sent = Letter { $number } to { $name } is at the relay.
write-waits = Letter { $number } to { $name } is sealed and waits on this device. { $reason } It is sent with the next command that reaches the relay, or by tidings outbox --send.
write-waits-copied = Letter { $number } to { $name } is sealed and waits on this device. { $reason } After --dismiss it is sent with the next command that reaches the relay; --freeze withdraws it.
write-refused = Letter { $number } to { $name } was not accepted. { $reason } Once the relay takes it, tidings outbox --send delivers it.

outbox-empty = Nothing waits to be sent.
outbox-letter = letter { $number }
outbox-mailbox = a mailbox to be made
outbox-prekeys = keys for first letters
outbox-deletion = a deletion
outbox-closing = notice that a correspondence has ended
outbox-to = to { $name }
outbox-line = { $what } { $to }  { $done } of { $total }  { $next }
outbox-next-now = next try: now
outbox-next-at = next try: { $time }
outbox-next-missing = the other side's mailbox is missing at the relay; next try: { $time }
outbox-next-courier = with a courier; goes over the network as well when there is one
outbox-refused = not accepted by the relay: { $reason }
outbox-sent = { $count ->
    [one] One letter was sent.
   *[other] { $count } letters were sent.
}

collect-none = No new letters.
collect-new = { $count ->
    [one] One new letter:
   *[other] { $count } new letters:
}
collect-notices = { $count ->
    [one] One new notice:
   *[other] { $count } new notices:
}
collect-contact = { $name } writes for the first time. Make sure who it is, then: tidings contact verify { $number }
collect-parked = { $count ->
    [one] One letter cannot be opened yet and is kept.
   *[other] { $count } letters cannot be opened yet and are kept.
}
collect-watching = Waiting for letters. Interrupt with Ctrl-C.
collect-waiting = Still waiting here to be sent:
collect-stopped = Stopped after { $hours } h { $minutes } min. { $letters ->
    [0] No letters
    [one] One letter
   *[other] { $letters } letters
} and { $notices ->
    [0] no notices
    [one] one notice
   *[other] { $notices } notices
} came.
mailbag-letters = { $count ->
    [one] { $count } letter
   *[other] { $count } letters
}
mailbag-written = Packed: { $letters }, { $size }. Mailbag { $bag }:
mailbag-notices = { $count ->
    [one] and { $count } notice or answer by the program itself
   *[other] and { $count } notices or answers by the program itself
}
mailbag-give = { $count ->
    [one] Anybody may carry this file, on a stick or through a messenger: it shows to which relays and mailboxes it goes, and nothing of what is in the letters. They stay here as well, in case it is lost.
   *[other] Anybody may carry these files, on a stick or through a messenger: they show to which relays and mailboxes they go, and nothing of what is in the letters. All of them are needed, in any order. The letters stay here as well, in case a file is lost.
}
mailbag-left-out = Letter { $number } is not in the mailbag: { $reason }
mailbag-others = { $count ->
    [one] { $count } letter in it is for somebody else: pass the mailbag on.
   *[other] { $count } letters in it are for others: pass the mailbag on.
}
mailbag-answers = Answers wait here. They go back the same way: tidings mailbag export FILE
mailbag-delivered = { $count ->
    [one] { $count } letter is at its relay.
   *[other] { $count } letters are at their relays.
}
mailbag-not-delivered = { $count ->
    [one] { $count } letter or piece of an enclosure was not taken. The same command tries again.
   *[other] { $count } letters or pieces of enclosures were not taken. The same command tries again.
}
mailbag-bag = Mailbag { $bag }: { $there } of { $parts } parts are here, { $size } in all.
mailbag-contents-unknown = What it holds can be told only with its first part.
mailbag-envelopes = { $count ->
    [one] { $count } sealed letter
   *[other] { $count } sealed letters
}
mailbag-chunks = { $count ->
    [one] { $count } sealed piece of enclosures, { $size }
   *[other] { $count } sealed pieces of enclosures, { $size }
}
mailbag-relay = for mailboxes at { $relay }
mailbag-whole = Everything is here and undamaged.

list-none = No letters yet.
list-line = { $number }  { $date }  { $way }{ $mark }  { $what }
list-from = from { $name }
list-to = to { $name }
list-unverified = {" "}(not verified)
list-frozen = {" "}(stopped)
list-unread = {" "}(unread)
list-for = { $kind } for { $name }
list-of = { $kind } written by { $name }
list-notice = notice: { $state }
list-notice-about = notice about letter { $number }: { $state }
list-notice-unsigned = unsigned message, not a notice

read-from = From: { $name }
read-to = To: { $name }
read-for = For: { $name }
read-about = About: { $name }
read-by = Written by: { $name }
read-unverified = Nobody has verified who writes this. Make sure, then: tidings contact verify { $number }
read-date = Date: { $date }
read-answers = Answers letter no. { $number }
read-enclosure = Enclosed: { $kind } { $name } ({ $size })
read-enclosure-missing = Enclosed: { $kind } { $name } ({ $size }), not yet fetched: tidings collect
read-saved = Saved: { $path }
notice-verified = Verified notice of { $name }: { $state }. How it is known: { $grade }.
notice-own = Your own notice: { $state }. How it is known: { $grade }.
notice-unverified = This is not a notice: the office did not sign it.
notice-money = Nobody who speaks for { $name } ever asks for money.

notice-closed = What you wrote and the office had not opened by then is not delivered. To begin anew: tidings contact renew { $number }, then write; the office verifies you again.

network-direct = Relays are reached directly.
network-proxy = Relays are reached through the proxy { $proxy } and in no other way; it looks their names up as well.
network-any = QUIC and TCP are used, whichever is the first to reach the relay.
network-only-quic = Only QUIC is used.
network-only-tcp = Only TCP is used.
status-account = Account: { $name }
status-home = Folder: { $home }
status-relay = Relay: { $relay }
status-trouble = Trouble: { $reason }
status-reached = Relay last reached: { $time }
status-never-reached = Relay last reached: never
status-office = Office: yes; the card is valid until { $date }
status-family = Office: no
status-contacts = Contacts: { $count }
status-letters = Letters: { $received } received, { $sent } sent, { $waiting } waiting to be sent
status-parked = Letters that cannot be opened yet: { $count }
forget-ask = Delete letter { $number } from this device for good? Type yes:{" "}

forget-done = Letter { $number } is deleted from this device.
wipe-ask = This destroys the account in { $home } with all letters and keys, for good. Type yes:{" "}
wipe-done = The account is destroyed.

progress-upload = sending { $name }
progress-download = fetching { $name }
progress-mailbag-write = writing the mailbag
progress-mailbag-check = checking the mailbag
progress-mailbag-take = taking letters out of the mailbag
progress-watching = Waiting for letters; so far: { $count }

warning-clock-behind = Warning: this device's clock seems to be behind. Letters still open, but please set it right.
warning-clock-ahead = Warning: this device's clock is ahead, or the relay has not renewed its certificate. Letters still open; please check the clock.
warning-clock = Warning: this device's clock and the relay's differ by days. Please check the date on this device.
warning-restored = Warning: this account was restored from a backup, which holds no keys. A family begins anew with tidings contact renew and a letter; an office waits for the letters of its families.
warning-copied = Warning: this account is also used from a copy of its folder. Two copies lose letters for each other, so nothing is sent or removed from the relay until you decide. If there is or was a copy: tidings copied --freeze. If there is certainly none: tidings copied --dismiss.
warning-read-only = Note: nothing can be written to the account's folder. Letters can be listed and read, and that is all.
warning-home-open = Warning: others on this computer may write to the account's folder { $path }, and so delete or exchange what lies there. The disk does not let that be changed from here: put the folder where only you may write.
warning-home-was-open = Warning: until now others on this computer could write to the account's folder { $path }; now only you can. Whoever wanted could have deleted letters or put back older ones: see whether any are missing.
warning-home-above = Warning: everybody on this computer may write to { $path }, in which the account's folder lies, and so could exchange the whole of it. Take that right away (chmod o-w), or put the account elsewhere.
copied-frozen = Nothing more is sent to any contact; letters that waited are withdrawn. Begin anew with each office: tidings contact renew NAME, then tidings write. As an office, ask the families to do so with tidings contact renew --anew. Never use the other copy again.
copied-dismissed = It goes on as before. If this message comes again, there is another copy.

size-bytes = { $n } bytes
size-kib = { $n } KiB
size-mib = { $n } MiB
