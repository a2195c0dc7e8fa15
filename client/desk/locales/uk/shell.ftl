skip-to-page = До сторінки
rooms-label = Розділи
room-letters = Листи
room-print = Друк
room-parcels = Посилки
room-replies = Відповіді
room-register = Реєстр
room-figures = Показники
room-card = Картка офісу
room-operators = Працівники
room-audit = Журнал
room-settings = Налаштування

language = Мова
language-ukrainian = українська
language-russian = російська
language-english = англійська

lock-now = Заблокувати
lock-hint = Заблокувати цей екран; набране збережеться (Shift+L)
lock-office = Заблокувати весь офіс
lock-office-hint = Усі екрани офісу одразу попросять пароль

post-sending = Надсилаю…
post-sending-percent = Надсилаю… { $percent } %
post-collecting = Забираю листи…
post-collecting-percent = Забираю листи… { $percent } %
post-watching = Є зв'язок, чекаю на листи
post-resting = Немає зв'язку
post-reached = востаннє о { $time }
post-waiting = { $count ->
    [one] чекає на надсилання: { $count } відправлення
    [few] чекають на надсилання: { $count } відправлення
   *[other] чекають на надсилання: { $count } відправлень
}

span-moment = щойно
span-minutes = { $count ->
    [one] { $count } хвилина
    [few] { $count } хвилини
   *[other] { $count } хвилин
}
span-hours = { $count ->
    [one] { $count } година
    [few] { $count } години
   *[other] { $count } годин
}
span-days = { $count ->
    [one] { $count } день
    [few] { $count } дні
   *[other] { $count } днів
}
month-january = січня
month-february = лютого
month-march = березня
month-april = квітня
month-may = травня
month-june = червня
month-july = липня
month-august = серпня
month-september = вересня
month-october = жовтня
month-november = листопада
month-december = грудня
size-bytes = { $n } Б
size-kib = { $n } КіБ
size-mib = { $n } МіБ

state-taken_by_desk = новий
state-in_review = на перевірці
state-passed = пропущено
state-passed_with_cuts = пропущено з вилученнями
state-held = відкладено
state-refused = не прийнято
state-printed = надруковано
state-packed = у посилці
state-with_carrier = у перевізника
state-at_receiving_side = у сторони, що приймає
state-handover_reported = повідомлено про вручення
state-reply_received = надійшла відповідь
state-returned = повернуто
state-lost = втрачено
state-withdrawn = відкликано

role-reader = перевірка листів
role-printer = друк і пакування
role-scanner = сканування відповідей
role-case_worker = робота з родинами
role-head = керівник офісу

done-password-changed = Пароль змінено.
done-code-proven = Відтепер під час входу треба буде вводити код із телефона.
done-tracked = { $count ->
    [one] Записано для { $count } листа.
    [few] Записано для { $count } листів.
   *[other] Записано для { $count } листів.
}
