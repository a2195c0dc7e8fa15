state-draft = готово, ждёт на этом устройстве
state-sealed = запечатано, ждёт на этом устройстве
state-at_relay = на сервере
state-taken_by_desk = принято в офисе
state-in_review = на проверке
state-passed = проверено и пропущено
state-passed_with_cuts = пропущено, часть текста зачёркнута
state-held = задержано
state-refused = не принято
state-printed = напечатано
state-packed = вложено в посылку
state-with_carrier = у перевозчика
state-at_receiving_side = у принимающей стороны
state-handover_reported = по сообщению, вручено
state-reply_received = пришёл ответ
state-returned = возвращено
state-lost = утеряно
state-withdrawn = отозвано
state-opened = открыто
state-undeliverable = не доставлено: ящика больше нет или письмо вовремя не забрали

grade-desk_saw = офис убедился сам
grade-carrier_receipt = перевозчик дал расписку
grade-detaining_side_says = со слов удерживающей стороны
grade-captive_wrote = написал сам пленный
grade-released_person_confirms = подтвердил вернувшийся из плена

kind-letter = письмо
kind-reply = ответ
kind-status = уведомление
kind-text = сообщение
kind-unknown = нужна более новая программа

enclosure-photo = фотография
enclosure-drawing = рисунок
enclosure-voice = голосовое сообщение
enclosure-scan = отсканированная страница
enclosure-text = текст
