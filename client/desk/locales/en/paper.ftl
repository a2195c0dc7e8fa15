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
replies-number-wrong = This is not a number of ours: a digit is wrong, missing or too many.
replies-page = Page
replies-of = of
replies-anew = It is another reply on the same sheet
replies-place = It belongs there
replies-discard = Put aside: no reply
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
