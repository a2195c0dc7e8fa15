state-draft = готовий, чекає на цьому пристрої
state-sealed = запечатано, чекає на цьому пристрої
state-at_relay = на сервері
state-taken_by_desk = прийнято в офісі
state-in_review = на перевірці
state-passed = перевірено й пропущено
state-passed_with_cuts = пропущено, частину тексту закреслено
state-held = затримано
state-refused = не прийнято
state-printed = надруковано
state-packed = покладено в посилку
state-with_carrier = у перевізника
state-at_receiving_side = у сторони, що приймає
state-handover_reported = за повідомленням, вручено
state-reply_received = надійшла відповідь
state-returned = повернуто
state-lost = втрачено
state-withdrawn = відкликано
state-opened = відкрито
state-undeliverable = не доставлено: скриньки вже немає або листа вчасно не забрали

grade-desk_saw = офіс переконався сам
grade-carrier_receipt = перевізник дав розписку
grade-detaining_side_says = за словами сторони, що утримує
grade-captive_wrote = написав сам полонений
grade-released_person_confirms = підтвердив той, хто повернувся з полону

kind-letter = лист
kind-reply = відповідь
kind-status = сповіщення
kind-text = повідомлення
kind-unknown = потрібна новіша програма

enclosure-photo = фотографія
enclosure-drawing = малюнок
enclosure-voice = голосове повідомлення
enclosure-scan = відсканована сторінка
enclosure-text = текст
