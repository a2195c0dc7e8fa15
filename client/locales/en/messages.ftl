passphrase-prompt = Passphrase:{" "}
passphrase-new = Choose a passphrase:{" "}
passphrase-again = The same passphrase once more:{" "}

init-done = The account of { $name } is ready in { $home }.
init-next-family = To write to an office, add its card: tidings contact add CARD
init-next-office = To be written to, show your card: tidings card --words
init-waits = The relay could not be reached; what it must know is sent as soon as it can be.

card-office = This account is an office: whoever has this card can write to you.
card-link = Card:
card-words = Check words, to be read out by telephone to whoever wants to make sure of your card:
card-words-vouch = They vouch for the key, not for the name: a caller should have your number from somewhere else.
card-file = Card file written to { $path }.
card-waits = The card works once the relay has been reached; tidings outbox --send tries again.

contact-added = { $name } is in your contacts.
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
contact-frozen = Nothing more is sent to { $name }. Only a new first contact that you verify in person continues.
contact-renewing = New keys with { $name } are asked for with the next letter.
contact-renewed = The contact with { $name } begins anew with the next letter; the office has to verify you again.
contact-forgotten = { $name } is forgotten: keys and letters are deleted here.
contact-forget-ask = Delete { $name } with all letters? Type yes:{" "}
answer-yes = yes

write-text-prompt = Write your letter; end with Ctrl-D on an empty line.
write-sent = Letter { $number } to { $name } is at the relay.
write-waits = Letter { $number } to { $name } is sealed and waits on this device: { $reason } It is sent with the next command that reaches the relay, or by tidings outbox --send.

outbox-empty = Nothing waits to be sent.
outbox-letter = letter { $number }
outbox-mailbox = a mailbox to be made
outbox-prekeys = keys for first letters
outbox-deletion = a deletion
outbox-to = to { $name }
outbox-line = { $what } { $to }  { $done } of { $total }  { $next }
outbox-next-now = next try: now
outbox-next-at = next try: { $time }
outbox-refused = not accepted by the relay: { $reason }
outbox-sent = { $count ->
    [one] One item was sent.
   *[other] { $count } items were sent.
}

collect-none = Nothing new.
collect-new = { $count ->
    [one] One new letter:
   *[other] { $count } new letters:
}
collect-contact = { $name } writes for the first time. Make sure who it is, then: tidings contact verify { $number }
collect-parked = { $count ->
    [one] One letter cannot be opened yet and is kept.
   *[other] { $count } letters cannot be opened yet and are kept.
}
collect-watching = Waiting for letters. Interrupt with Ctrl-C.
list-none = No letters yet.
list-line = { $number }  { $date }  { $arrow } { $name }  { $kind }  { $state }
arrow-in = from
arrow-out = to

read-from = From: { $name }
read-to = To: { $name }
read-for = For: { $name }
read-date = Date: { $date }
read-answers = Answers letter no. { $number }
read-enclosure = Enclosed: { $kind } { $name } ({ $size })
read-enclosure-missing = Enclosed: { $kind } { $name } ({ $size }), not yet fetched: tidings collect
read-saved = Saved: { $path }
notice-verified = Verified notice of { $name }: { $state }. How it is known: { $grade }.
notice-unverified = This is not a notice: the office did not sign it.
notice-money = Nobody who speaks for { $name } ever asks for money.

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
status-parked = Kept unopened: { $count }

forget-done = Letter { $number } is deleted from this device.
wipe-ask = This destroys the account in { $home } with all letters and keys, for good. Type yes:{" "}
wipe-done = The account is destroyed.

progress-upload = sending { $name }
progress-download = fetching { $name }

warning-clock-behind = Warning: this device's clock seems to be behind. Letters still open, but please set it right.
warning-clock-ahead = Warning: this device's clock is ahead, or the relay has not renewed its certificate. Letters still open; please check the clock.
warning-clock = Warning: this device's clock and the relay's differ by days. Please check the date on this device.
warning-restored = Warning: this account was restored from a backup; contacts begin anew.
warning-copied = Warning: this account is also used from a copy of its folder. Two copies lose letters for each other, so nothing is sent or removed from the relay until you decide. If there is or was a copy: tidings copied --freeze. If there is certainly none: tidings copied --dismiss.
warning-read-only = Note: nothing can be written to the account's folder. Letters can be listed and read, and that is all.
copied-frozen = All contacts are frozen, and letters that waited are withdrawn. Write to each office anew: tidings contact renew NAME, then tidings write. As an office, ask the families to do so. Never use the other copy again.
copied-dismissed = It goes on as before. If this message comes again, there is another copy.

size-bytes = { $n } bytes
size-kib = { $n } KiB
size-mib = { $n } MiB
