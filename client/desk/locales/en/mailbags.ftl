mailbags-title = Mailbags
mailbags-lead = Where there is no network, sealed post travels as files: on a stick, on a memory card, through any messenger. Whoever carries them can read nothing.
mailbags-take-title = Take in what was brought
mailbags-parts = Files of the mailbag
mailbags-parts-hint = All parts together or one by one, in any order: they wait here for each other. Bringing a part twice changes nothing.
mailbags-take = Take in
mailbags-none-chosen = No file was chosen.
mailbags-told-taken = Mailbag { $bag } is taken in.
mailbags-told-none = Nothing in it was new.
mailbags-told-letters = { $count ->
    [one] { $count } new letter came.
   *[other] { $count } new letters came.
}
mailbags-told-pictures = { $count ->
    [one] { $count } picture came with it.
   *[other] { $count } pictures came with it.
}
mailbags-told-parked = { $count ->
    [one] { $count } envelope cannot be opened yet. It is kept, and opens once what belongs before it has come.
   *[other] { $count } envelopes cannot be opened yet. They are kept, and open once what belongs before them has come.
}
mailbags-told-others = { $count ->
    [one] { $count } letter in it is for somebody else: pass the mailbag on.
   *[other] { $count } letters in it are for others: pass the mailbag on.
}
mailbags-to-letters = To the letters
mailbags-begun = Mailbag { $bag } is not whole yet. Missing: { $parts } ({ $count } of { $of } parts). What is here waits for them.
mailbags-begun-whole = All parts of mailbag { $bag } are here, but it was not taken in.
mailbags-again = Try again
mailbags-forget = Throw these parts away
mailbags-pack-title = Pack what waits
mailbags-nothing-waits = Nothing waits to be sent. What the server has and no family has confirmed can be packed all the same.
mailbags-for = For which families
mailbags-for-hint = None ticked means all of them.
mailbags-waits = { $count ->
    [one] { $count } item waits
   *[other] { $count } items wait
}
mailbags-carried = given to a courier before: { $count }
mailbags-size = Largest file
mailbags-size-mail = 18 MB: e-mail
mailbags-size-small = 50 MB: messengers that take little
mailbags-size-disc = 700 MB: a disc
mailbags-size-stick = 2 GB: a stick, a memory card, most messengers
mailbags-only-new = Leave out what a courier was given before
mailbags-only-new-hint = Without this, a lost stick costs nothing: the next one has its letters too.
mailbags-at-relay = Also what the server has and the family has not confirmed: it may be cut off from the server
mailbags-pack = Pack
mailbags-made = Packed here
mailbags-taken = Taken in
mailbags-bag = Mailbag
mailbags-letters = Letters
mailbags-notes = Notes
mailbags-pictures = Pictures
mailbags-others = For others
mailbags-files = Files
mailbags-files-here = { $count } · { $size }
mailbags-files-gone = erased
mailbags-files-gone-long = The files are not here any more. What still waits can be packed anew.
mailbags-one = Mailbag { $bag }
mailbags-count-letters = { $count ->
    [one] { $count } letter
   *[other] { $count } letters
}
mailbags-count-notes = { $count ->
    [one] { $count } note
   *[other] { $count } notes
}
mailbags-give = { $count ->
    [one] Save the file where the courier can take it.
   *[other] Save all { $count } files where the courier can take them. The reader needs every one, in any order.
}
mailbags-erase = Erase the files here
mailbags-erase-hint = They go by themselves after 30 days.
mailbags-carried-title = Letters in it
mailbags-carried-hint = What is in it waits here as well and goes over the network as soon as there is one. Whoever gets both sees one.
mailbags-family = Family
mailbags-what = What it is
mailbags-written = Written
mailbags-reply = a captive's reply to letter { $number }
mailbags-answer = an answer to No. { $number }
mailbags-message = a message
mailbags-unknown = erased here
mailbags-left-out = could not be packed
mailbags-packed = packed
did-mailbag-taken = took a mailbag in
did-mailbag-made = packed a mailbag
did-mailbag-saved = saved a part of a mailbag
did-mailbag-erased = erased the files of a mailbag
subject-mailbag = mailbag
action-carry-post = carry post in mailbags
post-carrying = Working on a mailbag…
post-carrying-percent = Working on a mailbag… { $percent } %
done-mailbag-packed = The mailbag is packed.
done-mailbag-erased = The files are erased.
error-mailbag-none = { $path } is not a mailbag. The names of mailbags usually end with .mailbag.
error-mailbag-version = { $path } was made by a newer program. Install the newer program.
error-mailbag-head = { $path } is damaged at its beginning. Get the file once more.
error-mailbag-truncated = { $path } is cut off: it has { $got } of { $expected } bytes. Copy it once more; a stick has to be ejected before it is pulled out.
error-mailbag-trailing = { $path } has something behind its end: it is not the file that was written. Get it once more.
error-mailbag-damaged = Part { $part } of mailbag { $path } is damaged. Bring this part once more. Nothing was taken in; the other parts wait here.
error-mailbag-part-missing = Mailbag { $path } is not whole. Missing: { $parts } ({ $missing } of { $count } parts). Nothing was taken in.
error-mailbag-malformed = { $path } is no mailbag that a program of Tidings writes. Nothing was taken in.
error-mailbag-for-others = Nothing in the mailbag is for this office, and nothing was taken in. Is it another office's post, or one that was packed here?
error-mailbag-too-large = This is too much for one mailbag. Choose some families.
error-mailbag-too-many-parts = There would be { $got } files; at most { $limit } are possible. Choose larger files, or some families.
error-mailbag-nothing = Nothing waits that could be packed.
