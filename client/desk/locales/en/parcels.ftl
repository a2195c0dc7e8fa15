parcels-empty = No campaigns yet
parcels-empty-hint = A campaign is a list of parcels that go together. Make one, then take its list over from a spreadsheet.
parcels-campaigns = Campaigns
parcels-campaign = Campaign
parcels-sealed = Sealed
parcels-open = open
parcels-closed = closed
parcels-new = New campaign
parcels-name = Name
parcels-name-hint = For example “Winter 2026”.
parcels-make = Make the campaign
parcels-pack = Pack
parcels-list = Take a list over
parcels-manifest = Manifest (CSV)
parcels-manifest-campaign = Campaign
parcels-manifest-packer = Packed by
parcels-manifest-second = Checked by
parcels-none = No parcels
parcels-none-hint = Take the list of parcels over from a spreadsheet.
parcels-close = Close the campaign: the list takes no more rows
parcels-tick = Tick parcel { $code }
parcels-stage = Handover
parcels-code = Code
parcels-person = For
parcels-seal = Seal
parcels-counts = Counts
parcels-counted-by = Counted by
parcels-ours = our office
parcels-theirs = the other side
parcels-counted = Counted
parcels-expected = By our list
parcels-result = Result
parcels-agrees = agrees
parcels-differs = differs
parcels-note = Remark
parcel-listed = listed
parcel-family_invited = family asked
parcel-letter_in = letter is there
parcel-family_declined = without a letter
parcel-packed = packed
parcel-sealed = sealed
parcel-counted = counted
parcel-crossed = crossed the line
parcel-received = taken over there
parcel-handed_over = reported as handed over
parcel-short = something is missing
parcel-opened = was opened
parcel-confiscated = confiscated
parcel-acknowledged = receipt came back

list-lead = A table with one row for each parcel: a code, a name, and what else is known. CSV, Excel or LibreOffice.
list-file = List
list-read = Read the list
list-none = Choose a file first.
list-empty = The list has no rows besides its heading.
list-too-long = The list is too large: at most 250,000 rows, 64 columns, 20 MB. Split it.
list-unreadable = This file is no list that the desk can read. Save it as CSV or as an Excel workbook and try again.
list-gone = The list is no longer here. Choose the file again.
list-columns = What do the columns mean?
list-columns-lead = The desk has guessed. Correct it where it is wrong.
list-rows = { $count ->
    [one] { $count } row
   *[other] { $count } rows
}
list-take = Take the list over
list-take-good = Take the good rows only
list-other = Another file
list-faults = { $count ->
    [one] { $count } row cannot be taken over. Nothing has been taken over yet.
   *[other] { $count } rows cannot be taken over. Nothing has been taken over yet.
}
list-good = { $count ->
    [one] { $count } row is good.
   *[other] { $count } rows are good.
}
list-faults-caption = What is wrong
list-row = Row
list-fault = Fault
list-fault-empty = “{ $field }” is empty
list-fault-too-long = “{ $field }” is too long
list-fault-twice = the code stands in row { $row } already
list-fault-name = “{ $field }” is no name
list-fault-surname = “{ $field }”: the surname is missing
list-fault-date = “{ $field }” is no date
list-fault-year = “{ $field }” needs a year of four digits
list-fault-year-range = “{ $field }”: nobody was born in that year
list-fault-day = “{ $field }”: the calendar has no such day
list-fault-sex = “{ $field }” should be “m” or “f”
list-notice-column = The column “{ $column }” with numbers of documents was not read: such numbers are never kept.
list-notice-blanked = Row { $row }, “{ $column }”: the number of a document was taken out.
list-notice-repeated = Row { $row }: the same name and date of birth stand in row { $first }. Both are taken.
list-no-name = Mark the column with the names.
list-column-twice = Two columns were given the same meaning. Leave one.
field-ignored = not used
field-full-name = Full name
field-other-name = Name in the other script
field-surname = Surname
field-given = Given name
field-patronymic = Patronymic
field-birth = Date of birth
field-sex = Sex
field-birth-place = Place of birth
field-place = Where he is held
field-captive-number = Internment number
field-unit = Unit
field-rank = Rank
field-parcel = Code of the parcel
field-route = Route
field-note = Remark
field-document = Number of a document (not kept)
field-born = Date of birth
field-remark = Remark
field-number = Internment number
done-list-taken = { $count ->
    [one] Taken over: { $count } parcel.
   *[other] Taken over: { $count } parcels.
}

pack-scan = Code of a parcel or number of a letter
pack-scan-parcel = Scan the parcel first, or type its code.
pack-scan-letter = Now the letters: scan each, or type its number. Another parcel's code opens that one.
pack-scan-submit = Go
pack-empty = Which parcel?
pack-empty-hint = Two people pack: one holds, one scans. The seal goes on only when all letters are in.
pack-letters = Letters that belong in it
pack-no-letters = No letter belongs in this parcel.
pack-in = in
pack-missing = missing
pack-offered = Letters that may belong in it
pack-offered-hint = The names are alike. Tick those that are for this person.
pack-bind = They belong in it
pack-seal-heading = Seal
pack-still-missing = { $count ->
    [one] { $count } letter is missing. The parcel is not sealed without it.
   *[other] { $count } letters are missing. The parcel is not sealed without them.
}
pack-grams = Weight in grams
pack-contents = Contents
pack-contents-hint = One kind a line, with its quantity: “soap, 2”.
pack-second-hint = Another person who packs signs with login and password.
pack-seal = Seal the parcel
pack-unseal = Break the seal
pack-unseal-hint = If something has to be put in or taken out. The letters are scanned in anew.
pack-told-packed = In. Next, please.
pack-told-already = This letter is in already.
pack-told-other = Stop: this letter belongs in parcel { $code }. Put it there.
pack-told-unbound = Letter { $number } belongs in no parcel yet.
pack-told-not-ready = This letter cannot be packed: it is “{ $state }”.
pack-told-nothing = There is no parcel with this code and no letter with this number.
parcels-labels = Labels (PDF)
parcels-manifest-pdf = Manifest (PDF)
pack-misplaced = Letter { $sheet } does not belong here. Take it out, or let it belong to this parcel in the list below.
pack-taken-out = Taken out
pack-family-asked = The family was asked for a letter
pack-family-declined = The family sends no letter
pack-exception-heading = What happened on the way
pack-exception-what = What is known
check-title = Check a manifest
check-lead = Whether a manifest that somebody sends is what was signed, down to the last character.
check-file = Manifest (CSV)
check-file-hint = The file as it was saved. A table program that saves it anew changes it.
check-submit = Check
check-whole = This is what this office signed. Nothing in it was changed.
check-whole-other = Nothing in it was changed since it was signed, but not by this office. Have the other office read out its key by telephone, and compare:
check-whole-any = Nothing in it was changed since the holder of this key signed it. Whose key it is, the office tells: its page for checking manifests shows it.
check-whole-key = This is what the office with this key signed. Nothing in it was changed.
check-other-key = It was signed with another key than the one that was given: it is not from this office, or not as it was.
check-fingerprint = SHA-256, as it stands on the printed manifest: { $digits }
check-changed = This is not what was signed: something was changed, added or left out.
check-unsigned = No signature stands in this file. A manifest ends with a line “# Ed25519” and a line “# key”.
check-ours = Key of this office's manifests
check-ours-hint = Other offices compare it with the key in our manifests. It is not secret; tell it by telephone or on paper.
