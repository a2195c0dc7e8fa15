passphrase-prompt = Парольна фраза:{" "}
passphrase-new = Придумайте парольну фразу:{" "}
passphrase-again = Ще раз та сама парольна фраза:{" "}

init-done = Обліковий запис «{ $name }» створено в теці { $home }.
init-next-family = Щоб писати офісу, додайте його картку: tidings contact add КАРТКА
init-next-office = Лише якщо ви — офіс, який друкує й передає листи: tidings card --office
init-waits = Зараз немає зв'язку із сервером; усе потрібне надійде до нього, щойно зв'язок з'явиться.

card-office = Цей обліковий запис — офіс: вам може написати кожен, хто має цю картку.
card-tells-taken = Родини одразу дізнаються, що їхній лист отримано.
card-tells-nothing = Родини нічого не дізнаються, доки хтось не відповість; доти їхні листи лишаються на ключах першого листа.
card-ask = Картка є лише в офісу: за нею цьому обліковому запису пишуть родини, і він лишиться офісом назавжди. Родині вона не потрібна: родина додає картку офісу командою tidings contact add. Зробити цей обліковий запис офісом? Введіть «так»:{" "}
card-link = Картка:
card-words = Контрольні слова; прочитайте їх телефоном тому, хто хоче переконатися, що картка справді ваша:
card-words-vouch = Вони засвідчують ключ, а не назву: той, хто телефонує, має взяти ваш номер з іншого джерела.
card-file = Файл картки записано: { $path }.
card-waits = Картка запрацює, щойно буде зв'язок із сервером; спробувати ще раз: tidings outbox --send.

contact-added = Контакт «{ $name }» додано.
contact-known = Цей офіс уже є серед ваших контактів: «{ $name }», номер { $number }. Його картка найновіша.
contact-known-name = Ім'я лишається, яким було. Змінити його: tidings contact rename { $number } "{ $name }"
contact-looks = Увага: ім'я «{ $name }» не таке, як здається: у ньому є приховані знаки або літери двох абеток. Перш ніж довіряти, переконайтеся, хто це; дати контакту інше ім'я: tidings contact rename { $number } ІМ'Я
contact-named = Контакт «{ $before }» тепер називається тут «{ $name }».
contact-check = Перш ніж довіряти цій картці, зателефонуйте до офісу за номером, який знайшли самі, і звірте вісім контрольних слів:
contact-check-how = Якщо вони збігаються: tidings contact verify { $name }
contact-law = Зверніть увагу: листи до полонених читають представники обох сторін; це дозволяє міжнародне гуманітарне право (Третя Женевська конвенція, стаття 76). Дорогою до офісу прочитати їх не може ніхто. Пишіть лише родинні новини; не згадуйте військових частин, звань, місць і номерів телефонів.
contacts-none = Контактів ще немає. Додайте офіс за його карткою: tidings contact add КАРТКА
contact-line = { $id }  { $name }  ({ $role }, { $trust })
role-office = офіс
role-family = родина
trust-unverified = не підтверджено
trust-verified = підтверджено { $date }
trust-frozen = листування зупинено
contact-verify-words = Контрольні слова контакту «{ $name }»:
contact-verify-family = «{ $name }» пише вам уперше. Переконайтеся, хто це, перш ніж надсилати щось особисте.
contact-verify-ask = Слова збігаються? Введіть «так»:{" "}
contact-verify-ask-family = Ви впевнені, хто це? Введіть «так»:{" "}
contact-verified = Контакт «{ $name }» підтверджено.
contact-not-verified = Нічого не змінено.
contact-frozen-office = Офісу «{ $name }» більше нічого не надсилається; те, що чекало, відкликано. Не довіряйте тому, що звідти надходить. Коли офіс знову матиме все у своїх руках, почніть заново: tidings contact renew { $number }, а тоді напишіть листа; офіс підтвердить вас іще раз.
contact-frozen-family = Родині «{ $name }» більше нічого не надсилається; те, що чекало, відкликано. Почати заново може лише родина: на новому пристрої з вашою карткою або на своєму командою tidings contact renew --anew. Її лист надійде сюди як новий контакт: переконайтеся, хто пише, а тоді tidings contact verify. Старий контакт після цього можна видалити: tidings contact forget { $number }
contact-renewing = Нові ключі для листування з «{ $name }» програма попросить із наступним листом.
contact-renewed = Листування з «{ $name }» починається заново: наступний лист надійде до офісу як новий контакт, і офіс підтвердить вас іще раз. Написати його: tidings write --to { $number }
contact-forgotten = Контакт «{ $name }» видалено з цього пристрою разом із ключами та листами.
contact-forget-ask = Видалити «{ $name }» з усіма листами? Введіть «так»:{" "}
answer-yes = так

write-text-prompt = Пишіть лист; щоб закінчити, натисніть Ctrl-D на порожньому рядку.
write-for-ask = Повне ім'я полоненого, для якого цей лист (порожньо — для самого офісу «{ $name }»):{" "}
write-sent = Лист { $number } до «{ $name }» уже на сервері.
write-waits = Лист { $number } до «{ $name }» запечатано, але він ще на цьому пристрої: { $reason } Він піде з наступною командою, якій удасться зв'язатися із сервером, або з tidings outbox --send.
write-refused = Лист { $number } до «{ $name }» не прийнято: { $reason } Коли сервер зможе його прийняти, надішліть його командою tidings outbox --send.

outbox-empty = Усе надіслано.
outbox-letter = лист { $number }
outbox-mailbox = створення скриньки
outbox-prekeys = ключі для перших листів
outbox-deletion = видалення
outbox-to = до «{ $name }»
outbox-line = { $what } { $to }  { $done } з { $total }  { $next }
outbox-next-now = наступна спроба: зараз
outbox-next-at = наступна спроба: { $time }
outbox-refused = сервер не прийняв: { $reason }
outbox-sent = { $count ->
    [one] Надіслано { $count } відправлення.
    [few] Надіслано { $count } відправлення.
   *[other] Надіслано { $count } відправлень.
}

collect-none = Нових листів немає.
collect-new = { $count ->
    [one] { $count } новий лист:
    [few] { $count } нові листи:
   *[other] { $count } нових листів:
}
collect-notices = { $count ->
    [one] { $count } нове сповіщення:
    [few] { $count } нові сповіщення:
   *[other] { $count } нових сповіщень:
}
collect-contact = «{ $name }» пише вперше. Переконайтеся, хто це, а тоді: tidings contact verify { $number }
collect-parked = { $count ->
    [one] { $count } лист поки що не відкривається; його збережено.
    [few] { $count } листи поки що не відкриваються; їх збережено.
   *[other] { $count } листів поки що не відкриваються; їх збережено.
}
collect-watching = Чекаю на листи. Закінчити: Ctrl-C.
collect-stopped = Зупинено через { $hours } год { $minutes } хв. Надійшло: { $letters ->
    [one] { $letters } лист
    [few] { $letters } листи
   *[other] { $letters } листів
}, { $notices ->
    [one] { $notices } сповіщення
    [few] { $notices } сповіщення
   *[other] { $notices } сповіщень
}.
list-none = Листів ще немає.
list-line = { $number }  { $date }  { $way }{ $mark }  { $what }
list-from = від «{ $name }»
list-to = до «{ $name }»
list-unverified = {" "}(не підтверджено)
list-frozen = {" "}(зупинено)
list-for = { $kind } (для: { $name })
list-of = { $kind } (пише: { $name })
list-notice = сповіщення: { $state }
list-notice-about = сповіщення про лист { $number }: { $state }
list-notice-unsigned = повідомлення без підпису, не сповіщення

read-from = Від: { $name }
read-to = До: { $name }
read-for = Для: { $name }
read-about = Про кого: { $name }
read-unverified = Ніхто не перевірив, хто це пише. Переконайтеся, а тоді: tidings contact verify { $number }
read-date = Дата: { $date }
read-answers = Відповідь на лист № { $number }
read-enclosure = Вкладення: { $kind } { $name } ({ $size })
read-enclosure-missing = Вкладення: { $kind } { $name } ({ $size }), ще не отримано: tidings collect
read-saved = Збережено: { $path }
notice-verified = Підтверджене сповіщення від «{ $name }»: { $state }. Звідки це відомо: { $grade }.
notice-unverified = Це не сповіщення: офіс його не підписав.
notice-money = Той, хто справді пише від «{ $name }», ніколи не просить грошей.

status-account = Обліковий запис: { $name }
status-home = Тека: { $home }
status-relay = Сервер: { $relay }
status-trouble = Проблема: { $reason }
status-reached = Останній зв'язок із сервером: { $time }
status-never-reached = Останній зв'язок із сервером: ще не було
status-office = Офіс: так; картка дійсна до { $date }
status-family = Офіс: ні
status-contacts = Контактів: { $count }
status-letters = Листи: отримано { $received }, надіслано { $sent }, чекають на надсилання: { $waiting }
status-parked = Листів, які поки що не відкриваються: { $count }

forget-done = Лист { $number } видалено з цього пристрою.
wipe-ask = Обліковий запис у теці { $home } буде знищено назавжди, з усіма листами й ключами. Введіть «так»:{" "}
wipe-done = Обліковий запис знищено.

progress-upload = надсилаю { $name }
progress-download = забираю { $name }
progress-watching = Чекаю на листи; уже надійшло: { $count }

warning-clock-behind = Увага: годинник цього пристрою, схоже, відстає. Листи відкриваються, але виставте правильний час.
warning-clock-ahead = Увага: годинник цього пристрою поспішає або сервер не оновив свого сертифіката. Листи відкриваються, але перевірте годинник.
warning-clock = Увага: дати на цьому пристрої та на сервері розходяться на кілька днів. Перевірте дату.
warning-restored = Увага: обліковий запис відновлено з резервної копії, а в ній немає ключів. Родина починає заново командою tidings contact renew і новим листом; офіс чекає на листи родин.
warning-copied = Увага: цим обліковим записом користуються ще й з копії його теки. Копії втрачають листи одна одної, тому, доки ви не вирішите, нічого не надсилається й не видаляється із сервера. Якщо копія є або була: tidings copied --freeze. Якщо її точно немає: tidings copied --dismiss.
warning-read-only = Зауважте: у теку облікового запису нічого не можна записати. Листи можна лише переглядати й читати.
copied-frozen = Листування з усіма контактами зупинено, листи, що чекали, відкликано. Почніть заново з кожним офісом: tidings contact renew ІМ'Я, а тоді tidings write. Якщо ви офіс, попросіть про це родини: tidings contact renew --anew. Іншою копією більше не користуйтеся.
copied-dismissed = Усе працює, як раніше. Якщо це попередження з'явиться знову, то копія є.

size-bytes = { $n } Б
size-kib = { $n } КіБ
size-mib = { $n } МіБ
