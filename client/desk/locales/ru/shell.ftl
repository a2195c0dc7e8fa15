skip-to-page = К странице
rooms-label = Разделы
room-letters = Письма
room-print = Печать
room-parcels = Посылки
room-replies = Ответы
room-register = Реестр
room-figures = Показатели
room-card = Карточка офиса
room-operators = Сотрудники
room-audit = Журнал
room-settings = Настройки

language = Язык
language-ukrainian = украинский
language-russian = русский
language-english = английский

lock-now = Заблокировать
lock-hint = Заблокировать этот экран; набранное сохранится (Shift+L)
lock-office = Заблокировать весь офис
lock-office-hint = Все экраны офиса сразу попросят пароль

post-sending = Отправляю…
post-sending-percent = Отправляю… { $percent } %
post-collecting = Забираю письма…
post-collecting-percent = Забираю письма… { $percent } %
post-watching = Связь есть, жду письма
post-resting = Нет связи
post-reached = в последний раз в { $time }
post-waiting = { $count ->
    [one] ждёт отправки: { $count } отправление
    [few] ждут отправки: { $count } отправления
   *[other] ждут отправки: { $count } отправлений
}

span-moment = только что
span-minutes = { $count ->
    [one] { $count } минута
    [few] { $count } минуты
   *[other] { $count } минут
}
span-hours = { $count ->
    [one] { $count } час
    [few] { $count } часа
   *[other] { $count } часов
}
span-days = { $count ->
    [one] { $count } день
    [few] { $count } дня
   *[other] { $count } дней
}
month-january = января
month-february = февраля
month-march = марта
month-april = апреля
month-may = мая
month-june = июня
month-july = июля
month-august = августа
month-september = сентября
month-october = октября
month-november = ноября
month-december = декабря
size-bytes = { $n } Б
size-kib = { $n } КиБ
size-mib = { $n } МиБ

state-taken_by_desk = новое
state-in_review = на проверке
state-passed = пропущено
state-passed_with_cuts = пропущено с изъятиями
state-held = отложено
state-refused = не принято
state-printed = напечатано
state-packed = в посылке
state-with_carrier = у перевозчика
state-at_receiving_side = у принимающей стороны
state-handover_reported = сообщено о вручении
state-reply_received = пришёл ответ
state-returned = возвращено
state-lost = утрачено
state-withdrawn = отозвано

role-reader = проверка писем
role-printer = печать и упаковка
role-scanner = сканирование ответов
role-case_worker = работа с семьями
role-head = руководитель офиса

done-password-changed = Пароль изменён.
done-code-proven = Теперь при входе нужно будет вводить код с телефона.
done-tracked = { $count ->
    [one] Записано для { $count } письма.
    [few] Записано для { $count } писем.
   *[other] Записано для { $count } писем.
}
