passphrase-prompt = Парольна фраза:{" "}
passphrase-new = Придумайте парольну фразу:{" "}
passphrase-again = Ще раз та сама парольна фраза:{" "}

init-done = Обліковий запис «{ $name }» готовий у теці { $home }.
init-next-family = Щоб писати офісу, додайте його картку: tidings contact add КАРТКА
init-next-office = Щоб писали вам, покажіть свою картку: tidings card --words
init-waits = Сервер зараз недоступний; усе потрібне буде передано йому, щойно з'явиться зв'язок.

card-office = Цей обліковий запис — офіс: кожен, хто має цю картку, може вам написати.
card-link = Картка:
card-words = Слова для звіряння; прочитайте їх телефоном тому, хто хоче переконатися у вашій картці:
card-words-vouch = Вони засвідчують ключ, а не назву: той, хто телефонує, має взяти ваш номер з іншого джерела.
card-file = Файл картки записано: { $path }.
card-waits = Картка запрацює після зв'язку із сервером; спробувати ще раз: tidings outbox --send.

contact-added = Контакт «{ $name }» додано.
contact-check = Перш ніж довіряти цій картці, зателефонуйте до офісу за номером, який знайшли самі, і звірте вісім слів:
contact-check-how = Потім підтвердьте: tidings contact verify { $name }
contact-law = Зверніть увагу: листи до полонених читає влада обох сторін, це дозволяє право війни (Третя Женевська конвенція, стаття 76). Дорогою до офісу прочитати їх не може ніхто. Пишіть лише родинні новини: без частин, звань, місць і номерів телефонів.
contacts-none = Контактів ще немає. Додайте офіс за його карткою: tidings contact add КАРТКА
contact-line = { $id }  { $name }  ({ $role }, { $trust })
role-office = офіс
role-family = родина
trust-unverified = не підтверджено
trust-verified = підтверджено { $date }
trust-frozen = зупинено
contact-verify-words = Слова для звіряння з «{ $name }»:
contact-verify-family = «{ $name }» пише вам уперше. Переконайтеся, хто це, перш ніж надсилати щось особисте.
contact-verify-ask = Слова збігаються? Введіть «так»:{" "}
contact-verify-ask-family = Ви певні, хто це? Введіть «так»:{" "}
contact-verified = Контакт «{ $name }» підтверджено.
contact-not-verified = Нічого не змінено.
contact-frozen = Контакту «{ $name }» більше нічого не надсилається. Продовжити можна лише після нового першого листа, який ви підтвердите особисто.
contact-renewing = Нові ключі з контактом «{ $name }» буде запитано з наступним листом.
contact-renewed = З наступного листа листування з «{ $name }» почнеться наново; офіс має підтвердити вас ще раз.
contact-forgotten = Контакт «{ $name }» забуто: ключі й листи на цьому пристрої видалено.
contact-forget-ask = Видалити «{ $name }» з усіма листами? Введіть «так»:{" "}
answer-yes = так

write-text-prompt = Пишіть листа; щоб закінчити, натисніть Ctrl-D на порожньому рядку.
write-sent = Лист { $number } до «{ $name }» уже на сервері.
write-waits = Лист { $number } до «{ $name }» запечатано, він чекає на цьому пристрої: { $reason } Його буде надіслано з наступною командою, яка матиме зв'язок, або командою tidings outbox --send.

outbox-empty = Надсилати нічого.
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

collect-none = Нового немає.
collect-new = { $count ->
    [one] { $count } новий лист:
    [few] { $count } нові листи:
   *[other] { $count } нових листів:
}
collect-contact = «{ $name }» пише вперше. Переконайтеся, хто це, а тоді: tidings contact verify { $number }
collect-parked = { $count ->
    [one] { $count } лист поки що не відкривається; його збережено.
    [few] { $count } листи поки що не відкриваються; їх збережено.
   *[other] { $count } листів поки що не відкриваються; їх збережено.
}
collect-watching = Чекаю на листи. Перервати: Ctrl-C.
list-none = Листів ще немає.
list-line = { $number }  { $date }  { $arrow } { $name }  { $kind }  { $state }
arrow-in = від
arrow-out = до

read-from = Від: { $name }
read-to = До: { $name }
read-for = Для: { $name }
read-date = Дата: { $date }
read-answers = Відповідь на лист № { $number }
read-enclosure = Додано: { $kind } { $name } ({ $size })
read-enclosure-missing = Додано: { $kind } { $name } ({ $size }), ще не забрано: tidings collect
read-saved = Збережено: { $path }
notice-verified = Підтверджене сповіщення від «{ $name }»: { $state }. Звідки це відомо: { $grade }.
notice-unverified = Це не сповіщення: офіс його не підписував.
notice-money = Ніхто від імені «{ $name }» ніколи не просить грошей.

status-account = Обліковий запис: { $name }
status-home = Тека: { $home }
status-relay = Сервер: { $relay }
status-trouble = Негаразд: { $reason }
status-reached = Останній зв'язок із сервером: { $time }
status-never-reached = Останній зв'язок із сервером: ще не було
status-office = Офіс: так; картка дійсна до { $date }
status-family = Офіс: ні
status-contacts = Контактів: { $count }
status-letters = Листів: отримано { $received }, надіслано { $sent }, чекає на надсилання { $waiting }
status-parked = Зберігається невідкритих: { $count }

forget-done = Лист { $number } видалено з цього пристрою.
wipe-ask = Обліковий запис у теці { $home } з усіма листами й ключами буде знищено назавжди. Введіть «так»:{" "}
wipe-done = Обліковий запис знищено.

progress-upload = надсилаю { $name }
progress-download = забираю { $name }

warning-clock-behind = Увага: годинник цього пристрою, схоже, відстає. Листи відкриваються, але виставте правильний час.
warning-clock-ahead = Увага: годинник цього пристрою поспішає або сервер не оновив свого сертифіката. Листи відкриваються; перевірте годинник.
warning-clock = Увага: дата на цьому пристрої та на сервері різниться на кілька днів. Перевірте дату.
warning-restored = Увага: обліковий запис відновлено з копії; листування з контактами починається наново.
warning-copied = Увага: цим обліковим записом користуються ще й з копії його теки. Дві копії гублять листи одна одної, тому нічого не надсилається й не видаляється із сервера, доки ви не вирішите. Якщо копія є або була: tidings copied --freeze. Якщо її точно немає: tidings copied --dismiss.
warning-read-only = Зауважте: у теку облікового запису не можна нічого записати. Листи можна лише переглядати й читати.
copied-frozen = Усі контакти заморожено, листи, що чекали, відкликано. Напишіть кожному офісу наново: tidings contact renew ІМ'Я, потім tidings write. Якщо ви офіс, попросіть про це родини. Іншою копією більше не користуйтеся.
copied-dismissed = Усе йде далі, як раніше. Якщо це попередження з'явиться знову, отже, копія є.

size-bytes = { $n } Б
size-kib = { $n } КіБ
size-mib = { $n } МіБ
