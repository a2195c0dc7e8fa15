print-waiting = { $count ->
    [one] { $count } letter waits for the printer.
   *[other] { $count } letters wait for the printer.
}
print-all = Print all
print-choose = Choose letters
print-empty = No print jobs yet
print-empty-hint = Letters come here after they were passed in review.
print-jobs = Print jobs
print-made = Made
print-letters = Letters
print-pages = Pages
print-document = Document
print-new = Print letters
print-letters-chosen = { $count ->
    [one] { $count } letter is printed.
   *[other] { $count } letters are printed.
}
print-paper = Paper
print-paper-a4 = A4
print-paper-a5 = A5
print-reply = Reply sheet
print-reply-hint = The captive answers on it; its number brings the answer to the right family.
print-reply-one = one page
print-reply-two = two pages
print-reply-none = none
print-make = Make the document
print-job = Print job { $number }
print-making = The pages are being set. You can go on working meanwhile.
print-retry = Try again
print-ready = { $count ->
    [one] Ready: { $count } page.
   *[other] Ready: { $count } pages.
}
print-open = Open the document
print-erase = Printed: erase the document
print-erase-hint = The document is kept encrypted until then. The letters stay in the list and can be printed again.
print-closed = The document is erased or the job was taken back.
print-take-back = Take the job back
print-failed = The pages could not be set: { $reason }
job-waiting = being made
job-printed = ready
job-failed = failed
job-closed = closed
done-job-closed = Done; the document is no longer here.

replies-files = Scanned pages
replies-files-hint = PDF or pictures from the scanner or a telephone, several at once. Pages may be in any order.
replies-take = Take in
replies-empty = No scans yet
replies-empty-hint = Scan the answers, all of them in one pile, and take the file in here. The codes on the pages say whose they are.
replies-scans = Files
replies-file = File
replies-taken = Taken in
replies-queued = { $count ->
    [one] { $count } page could not be read by its code. Type the number that stands on it.
   *[other] { $count } pages could not be read by their codes. Type the numbers that stand on them.
}
replies-queue-open = To the pages
replies-queue = Pages that wait for you
replies-queue-empty = No page waits
replies-left = { $count ->
    [one] { $count } page left
   *[other] { $count } pages left
}
replies-page-picture = The scanned page
replies-number = Number on the sheet
replies-number-hint = Ten digits, for example 1234-5678-89. The last two are a check: a slip is noticed.
replies-page = Page
replies-of = of
replies-anew = It is another reply on the same sheet
replies-place = It belongs there
page-unread = The code cannot be read
page-unread-hint = Type the number that stands below or above the text.
page-doubled = This page is there already, in another picture
page-doubled-hint = Put it aside if it was scanned twice. If it is another reply, type the number and tick the box.
page-foreign = The number is not of this office
page-foreign-hint = If it belongs to another office, put it aside and pass the paper on.
scan-reading = being read
scan-done = read
scan-queued = { $count ->
    [one] { $count } page waits for you
   *[other] { $count } pages wait for you
}
scan-failed = could not be read
done-scans-taken = { $count ->
    [one] Taken in: { $count } file. It is being read.
   *[other] Taken in: { $count } files. They are being read.
}
done-scans-doubled = { $count ->
    [one] { $count } file was taken in before; nothing was doubled.
   *[other] { $count } files were taken in before; nothing was doubled.
}
done-page-placed = The page has found its reply.
print-left-out = { $count ->
    [one] { $count } letter is not in the document. It goes on waiting.
   *[other] { $count } letters are not in the document. They go on waiting.
}
print-why-picture = a picture is damaged or too large
print-why-glyph = a sign that the fonts do not have
print-why-too-long = the letter is too long
print-why-setting = the pages could not be set

replies-folder = Folder of the scanner
replies-folder-hint = The full path of a folder on the desk's computer, into which the office's scanner writes. Empty: no folder is watched.
replies-folder-erase = Erase files once they are taken in
replies-folder-erase-hint = Files leave the folder only after they are stored here, encrypted. Without the tick they are moved to the folder “taken” beside them, where anybody at this computer can read them.
replies-folder-watched = Files are taken in from the folder { $path }
replies-folder-none = Have a folder watched, into which the scanner writes
replies-folder-wrong = This is not the full path of a folder that the desk may read.
replies-open = Replies that lack a page
replies-open-hint = They are sent when the missing page is scanned, or when you say that none comes.
replies-latest = Latest replies
replies-reply = Reply
replies-answers = Answers letter no.
replies-answers-who = Who answers
replies-answers-whom = To whom
replies-answers-letter = Answers letter no. { $letter }
replies-state-open = { $pages } of { $of } pages
replies-state-ready = ready to go to the family
replies-state-sent = sent to the family
replies-page-of-file = page { $page } of the file
replies-page-number = page { $page } of { $pages }
replies-page-single = Page { $page }
replies-said = Its code says: { $sheet }, page { $page } of { $pages }.
replies-near = The page before it has the number { $sheet }. That proves nothing: compare it with the paper.
replies-page-hint = The captive's own paper counts on: page 3 of 3 behind a sheet of two pages.
replies-whose = Whose is it?
replies-compare = Compare with what stands on the page. If it is not so, the reply would reach strangers.
replies-not-so = Not so
replies-is-there = Page { $page } of this reply is there already.
replies-aside-double = Put aside: scanned twice
replies-aside-no-reply = Put aside: no reply
replies-aside-blank = Put aside: nothing on it
replies-aside-seen = Seen: put aside
replies-aside-broken = I am scanning this page anew
replies-aside-hint = What is put aside is kept for a while and can be brought back on the page of its file.
replies-doubles = Put aside all pages of this file that are there already
replies-number-empty = Type the number that stands on the page.
replies-number-character = “{ $character }” is no digit. The number has digits only.
replies-number-length = { $count ->
    [one] { $count } digit was typed; the number has ten.
   *[other] { $count } digits were typed; the number has ten.
}
replies-number-check = The digits do not belong together: one is wrong, or two are exchanged.
replies-number-range = No sheet has this number.
replies-file-erase = Erase the file
replies-file-hint = Empty backs are not kept and not listed.
replies-became = What became of it
replies-in-reply = Reply { $reply }
replies-same = the very same picture was there
replies-aside = put aside
replies-restore = Bring back
replies-look = Show
replies-missing = Missing pages: { $pages }
replies-finish = No more comes: send what is there
replies-finish-hint = The family gets the pages that are here. A page that comes later becomes a reply of its own.
replies-erased = The picture is erased here; the family has it.
replies-ticks = Boxes on the sheet, as far as a program can tell:
replies-tick-letter = letter
replies-tick-photo = photo
replies-tick-drawing = drawing
replies-tick-parcel = parcel
replies-tick-yes = ticked
replies-tick-no = empty
replies-tick-unsure = look yourself
page-returned = A page of a letter: it came back
page-returned-hint = This is no reply. Write at the letter that it came back, and put the page aside.
page-differ = The codes on the page do not agree
page-differ-hint = Something seems to be pasted over. Compare it with the sheet and type the number if it is plain, or put the page aside.
page-several = Several sheets lie in one picture
page-several-hint = Each of them may be another family’s, so nothing was sent. Scan the sheets one by one and put this picture aside.
page-counts = Pages of this number do not fit together
page-counts-hint = The sheet was printed twice, with different numbers of pages. Look at each page and say which it is.
page-broken = The page of the file is damaged
page-broken-hint = The others of the file were read. Scan this one anew.
page-broken-nothing = There is nothing to show.
scan-reading-page = page { $read } of { $pages } is read
scan-file-empty = the file is empty
scan-file-too-large = the file is too large: scan the pile in parts
scan-file-unknown-format = no PDF, TIFF, JPEG, PNG or WebP
scan-file-password = protected by a password: save it without one
scan-file-damaged = damaged: save or scan it anew
scan-file-torn = the file was cut off: the pages that could be read were taken, others may be missing. The file is kept; scan the pile once more
scan-file-too-many-pages = too many pages: scan the pile in parts
scan-file-bomb = refused: it unfolds to more than any scanner writes
scan-file-no-pages = there is no page in it
scan-trouble-folder = The folder { $name } cannot be looked into.
scan-trouble-too-large = { $name } is too large to be taken in: scan the pile in parts.
scan-trouble-unreadable = { $name } cannot be read.
scan-trouble-stays = { $name } is taken in, but cannot be moved out of the folder.
done-pages-aside = { $count ->
    [one] { $count } page was put aside.
   *[other] { $count } pages were put aside.
}
did-scan-retried = had a file read again
did-scan-erased = erased a file that could not be read
did-scan-folder-named = named the folder of the scanner
did-pages-discarded = put doubled pages aside
did-page-restored = brought a page back

preview-title = Letter { $number } as it will print
preview-back = Letter { $number }
preview-lead = Black and white, as the office's printer makes it. The codes in the corners hold for the printed document only: print from there, not from here.
preview-closed = You print this letter without reading it: its text and pictures are left out here.
preview-show = Show
preview-page = Page { $page } of { $pages }
preview-among = Letters that are about to be printed
preview-of = letter { $place } of { $count }
preview-before = Previous letter
preview-after = Next letter
preview-all = See it as it will print
preview-first = The first page of the letter as it will print
preview-before-print = See how it will look
envelopes-heading = Labels for the envelopes
envelopes-one = Label for the envelope
envelopes-used = Labels already taken from the first sheet
envelopes-used-hint = Sheets of A4 with 14 labels of 99.1 × 38.1 mm, two across. Counted from above, left before right.
envelopes-print = Labels (PDF)
