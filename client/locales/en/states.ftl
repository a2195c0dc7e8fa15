# Words of docs: states of a letter, grades of evidence, answers about a person. Keys are the frozen words.
state-draft = ready, waits on this device
state-sealed = sealed, waits on this device
state-with_courier = given to a courier, goes over the network as well when there is one
state-at_relay = at the relay
state-taken_by_desk = taken in by the office
state-in_review = being reviewed
state-passed = reviewed and passed
state-passed_with_cuts = passed with parts blacked out
state-held = put on hold
state-refused = not accepted
state-printed = printed
state-packed = packed into a parcel
state-with_carrier = with the carrier
state-at_receiving_side = with the receiving side
state-handover_reported = reported as handed over
state-reply_received = a reply has come
state-returned = sent back
state-lost = lost
state-withdrawn = withdrawn
state-opened = opened
state-undeliverable = not delivered: the mailbox is gone, the correspondence was ended, or nobody collected it in time
state-closed = correspondence ended by the office

grade-desk_saw = the office saw it itself
grade-carrier_receipt = the carrier gave a receipt
grade-detaining_side_says = the detaining side says so
grade-captive_wrote = the captive wrote it himself
grade-released_person_confirms = a released person confirms it

kind-letter = letter
kind-reply = reply
kind-status = notice
kind-text = message
kind-unknown = needs a newer program

enclosure-photo = photo
enclosure-drawing = drawing
enclosure-voice = voice note
enclosure-scan = scanned page
enclosure-text = text
