skip-to-page = To the page
rooms-label = Rooms
room-letters = Letters
room-print = Printing
room-parcels = Parcels
room-replies = Replies
room-register = Register
room-figures = Figures
room-card = The office's card
room-operators = Operators
room-audit = Log
room-settings = Settings

language = Language
language-ukrainian = Ukrainian
language-russian = Russian
language-english = English

lock-now = Lock
lock-hint = Lock this screen; what you have typed is kept (Shift+L)
lock-office = Lock the whole office
lock-office-hint = Every screen of the office asks for a password at once

post-sending = Sending…
post-sending-percent = Sending… { $percent } %
post-collecting = Collecting…
post-collecting-percent = Collecting… { $percent } %
post-watching = Connected, waiting for letters
post-resting = No connection
post-reached = last at { $time }
post-waiting = { $count ->
    [one] { $count } item to send
   *[other] { $count } items to send
}

span-moment = just now
span-minutes = { $count ->
    [one] { $count } minute
   *[other] { $count } minutes
}
span-hours = { $count ->
    [one] { $count } hour
   *[other] { $count } hours
}
span-days = { $count ->
    [one] { $count } day
   *[other] { $count } days
}
month-january = January
month-february = February
month-march = March
month-april = April
month-may = May
month-june = June
month-july = July
month-august = August
month-september = September
month-october = October
month-november = November
month-december = December
size-bytes = { $n } B
size-kib = { $n } KiB
size-mib = { $n } MiB

state-taken_by_desk = new
state-in_review = in review
state-passed = passed
state-passed_with_cuts = passed with cuts
state-held = held
state-refused = refused
state-printed = printed
state-packed = in a parcel
state-with_carrier = with the carrier
state-at_receiving_side = at the receiving side
state-handover_reported = reported as handed over
state-reply_received = a reply came
state-returned = returned
state-lost = lost
state-withdrawn = withdrawn

role-reader = reviewer
role-printer = printing and packing
role-scanner = scanning replies
role-case_worker = case worker
role-head = head of the office

done-password-changed = The password is changed.
done-code-proven = From now on the code from your telephone is asked for when you sign in.
done-tracked = { $count ->
    [one] Recorded for { $count } letter.
   *[other] Recorded for { $count } letters.
}
