help = Sealed letters to prisoners of war and back. Letters are sealed on this device; the relay never sees what is in them.
help-usage = Usage
help-commands = Commands
help-options = Options
help-options-common = Options of every command
help-arguments = Arguments
help-flag = Show this help
help-version = Show the version
help-value-command = command
help-value-options = options
help-value-name = NAME
help-value-address = ADDRESS
help-value-card = CARD
help-value-number = NUMBER
help-value-words = WORDS
help-value-folder = FOLDER
help-value-file = FILE
help-value-size = SIZE
help-value-encoding = ENCODING
help-home = Folder of the account (default: the usual data folder of this user)
help-passphrase_file = Read the passphrase from the first line of this file, which only you may be able to read
help-passphrase_fd = Read it from this file descriptor
help-json = Print one JSON value instead of text
help-lang = Language of the output (default: that of the system)
help-verbose = Show also what the system said when something fails

help-init = Make an account: a locked vault in the home folder
help-init-name = Your name as the other side shall read it
help-init-relay = Address of your relay, tidings://HOST:PORT/#FINGERPRINT
help-relay = Put a wrong relay address right, as long as no relay has been reached under it
help-relay-address = The right address, tidings://HOST:PORT/#FINGERPRINT
help-card = For offices only: show the card that families need to write to you
help-card-office = Make this account an office, the first time; it stays one
help-card-qr = Show the card as a QR code
help-card-words = Show the check words, to be compared by telephone
help-card-file = Write a card file, with which a first letter can be written offline
help-card-tell_taken = Whether every letter is answered at once by a signed notice that it has been taken in: yes, as usual, or no
help-card-yes = Do not ask, also where the account has contacts and letters

help-contact = Offices and families that you write with
help-contact-add = Add an office by its card
help-contact-add-card = The card: a link tidings:card/…, a message with the link in it, or a card file
help-contact-add-name = What you want to call the contact
help-contact-list = Show all contacts, and whether somebody verified them
help-contact-rename = Call a contact something else, on this device only
help-contact-rename-name = Name or number of the contact
help-contact-rename-new = The new name
help-contact-verify = Confirm a contact after comparing the check words, or after making sure who writes
help-contact-verify-name = Name or number of the contact
help-contact-verify-words = The eight words that you were told by telephone
help-contact-verify-yes = Confirm without asking
help-contact-freeze = Stop sending to a contact whose device was lost or taken, or in whose name somebody else writes
help-contact-freeze-more =
    After that only the family can begin anew: with `tidings contact renew`, or on a
    new device with the office's card. Its letter then comes to the office as that of
    a new contact, to be verified again.
help-contact-freeze-name = Name or number of the contact
help-contact-freeze-yes = Do not ask
help-contact-renew = Ask for new keys, or begin anew after a freeze, a loss or a restored backup
help-contact-renew-more =
    New keys are asked for with the next letter. A family begins anew after a freeze
    or a restored backup, and at any time with --anew: its next letter comes to the
    office as that of a new contact, to be verified again. An office cannot begin anew.
help-contact-renew-name = Name or number of the contact
help-contact-renew-anew = Begin anew: your device was out of your hands, or the office lost its keys or stopped writing to you. Letters that still wait here are withdrawn
help-contact-renew-yes = Do not ask
help-contact-forget = Delete a contact with its keys and letters from this device, and its mailbox from the relay
help-contact-forget-name = Name or number of the contact
help-contact-forget-yes = Do not ask

help-write = Write a letter
help-write-more =
    Leave out --for and the program asks for whom the letter is. What stands on a command
    line can be seen by everybody who uses this computer, and stays in the shell's history.
help-write-to = Name or number of the contact
help-write-addressee = Full name of the captive for whom the letter is, or - to be asked for it
help-write-addressee_file = File with this name in its first line
help-write-text = File with the text, or - to read it from the terminal
help-write-text_encoding = Encoding of the text, as in windows-1251 or koi8-u (default: UTF-8, or what the file says of itself)
help-write-photo = A photograph (JPEG, PNG, WebP, HEIC); may be given several times
help-write-drawing = A drawing, photographed or scanned; may be given several times
help-write-voice = A voice note (Ogg, MP3, M4A, WAV)
help-write-yes = Do not ask for whom the letter is: without --for it goes to the office itself
help-reply = Answer a letter
help-reply-number = Number of the letter, as `tidings list` shows it
help-reply-scan = A scanned page of the handwritten reply; may be given several times
help-reply-text = File with the text, or - to read it from the terminal
help-reply-text_encoding = Encoding of the text, as in windows-1251 or koi8-u (default: UTF-8, or what the file says of itself)
help-reply-photo = A photograph (JPEG, PNG, WebP, HEIC); may be given several times
help-reply-drawing = A drawing, photographed or scanned; may be given several times
help-reply-voice = A voice note (Ogg, MP3, M4A, WAV)
help-outbox = Show what waits to be sent, and try to send it
help-outbox-send = Send now what waits, without regard to pauses
help-collect = Fetch new letters and notices
help-collect-watch = Go on fetching until Ctrl-C or SIGTERM, then say what came; with --json one value a line
help-mailbag = Letters as files that people carry, where there is no network
help-mailbag-more =
    A mailbag holds letters as they are sealed for the network. Whoever carries it can
    read nothing in them. Both ways work without any network at either end.
help-mailbag-export = Pack the letters that wait here into a file, or several
help-mailbag-export-file = The file, as in /media/stick/post.mailbag; nothing that is there is written over
help-mailbag-export-to = Only letters to this contact; may be given several times
help-mailbag-export-part_size = Largest file, as in 8MB: for small media and messengers (default: 2GB)
help-mailbag-export-new = Leave out letters that a courier was given before
help-mailbag-export-at_relay = Pack also letters that the relay has and the other side has not confirmed
help-mailbag-import = Take the letters for this account out of a mailbag
help-mailbag-import-file = The files of the mailbag, in any order
help-mailbag-deliver = Leave everything in a mailbag at its relays, for whoever has a network
help-mailbag-deliver-file = The files of the mailbag, in any order
help-mailbag-inspect = Show what a courier may know: relays, counts, sizes, missing parts; needs no account
help-mailbag-inspect-file = The files of the mailbag, in any order
help-list = Show all letters and notices, and for whom or about what they are
help-read = Read a letter
help-read-number = Number of the letter, as `tidings list` shows it
help-read-save = Folder into which text and pictures are saved
help-status = Show what is known about the account, the relay and the letters on their way
help-network = Show or set how relays are reached
help-network-more =
    The settings are kept in the vault. For one command alone set TIDINGS_PROXY and
    TIDINGS_ONLY in the environment. Whatever stands on the command line can be seen by all users
    of this computer: give a password with --proxy-file.
help-network-proxy = SOCKS5 proxy through which everything goes, socks5://[NAME:PASSWORD@]HOST:PORT, or none
help-network-proxy_file = Read the address of the proxy from the first line of this file
help-network-only = Use only QUIC or only TCP, or any
help-passphrase = Change the passphrase
help-passphrase-more =
    Asks for the old passphrase, then twice for the new one. Letters and keys stay as they
    are. If anything interrupts it, one of the two passphrases opens the account.
help-passphrase-new_passphrase_file = Read the new passphrase from the first line of this file, which only you may be able to read
help-passphrase-new_passphrase_fd = Read the new one from this file descriptor
help-copied = Decide what happens after another copy of this account was noticed
help-copied-freeze = There is or was a copy: stop writing to all contacts, to begin anew with each
help-copied-dismiss = There is no copy: go on as before
help-forget = Delete a letter from this device
help-forget-number = Number of the letter, as `tidings list` shows it
help-forget-yes = Do not ask
help-wipe = Destroy the account on this device for good
help-wipe-yes = Do not ask
help-help = Show the help of a command
help-help-command = The command, as in `tidings help contact add`
