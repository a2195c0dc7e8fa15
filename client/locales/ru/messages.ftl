passphrase-prompt = Парольная фраза:{" "}
passphrase-new = Придумайте парольную фразу:{" "}
passphrase-again = Та же парольная фраза ещё раз:{" "}

init-done = Учётная запись «{ $name }» готова в папке { $home }.
init-next-family = Чтобы писать офису, добавьте его карточку: tidings contact add КАРТОЧКА
init-next-office = Чтобы писали вам, покажите свою карточку: tidings card --words
init-waits = Сервер сейчас недоступен; всё нужное будет передано ему, как только появится связь.

card-office = Эта учётная запись — офис: каждый, у кого есть эта карточка, может вам написать.
card-link = Карточка:
card-words = Слова для сверки; прочитайте их по телефону тому, кто хочет убедиться в вашей карточке:
card-words-vouch = Они удостоверяют ключ, а не название: звонящий должен взять ваш номер из другого источника.
card-file = Файл карточки записан: { $path }.
card-waits = Карточка заработает после связи с сервером; попробовать ещё раз: tidings outbox --send.

contact-added = Контакт «{ $name }» добавлен.
contact-check = Прежде чем доверять этой карточке, позвоните в офис по номеру, который нашли сами, и сверьте восемь слов:
contact-check-how = Затем подтвердите: tidings contact verify { $name }
contact-law = Обратите внимание: письма пленным читают власти обеих сторон, это допускает право войны (Третья Женевская конвенция, статья 76). По дороге в офис прочитать их не может никто. Пишите только семейные новости: без частей, званий, мест и номеров телефонов.
contacts-none = Контактов пока нет. Добавьте офис по его карточке: tidings contact add КАРТОЧКА
contact-line = { $id }  { $name }  ({ $role }, { $trust })
role-office = офис
role-family = семья
trust-unverified = не подтверждён
trust-verified = подтверждён { $date }
trust-frozen = остановлен
contact-verify-words = Слова для сверки с «{ $name }»:
contact-verify-family = «{ $name }» пишет вам впервые. Убедитесь, кто это, прежде чем отправлять что-то личное.
contact-verify-ask = Слова совпадают? Введите «да»:{" "}
contact-verify-ask-family = Вы уверены, кто это? Введите «да»:{" "}
contact-verified = Контакт «{ $name }» подтверждён.
contact-not-verified = Ничего не изменено.
contact-frozen = Контакту «{ $name }» больше ничего не отправляется. Продолжить можно только после нового первого письма, которое вы подтвердите лично.
contact-renewing = Новые ключи с контактом «{ $name }» будут запрошены со следующим письмом.
contact-renewed = Со следующего письма переписка с «{ $name }» начнётся заново; офис должен подтвердить вас ещё раз.
contact-forgotten = Контакт «{ $name }» забыт: ключи и письма на этом устройстве удалены.
contact-forget-ask = Удалить «{ $name }» со всеми письмами? Введите «да»:{" "}
answer-yes = да

write-text-prompt = Пишите письмо; чтобы закончить, нажмите Ctrl-D на пустой строке.
write-sent = Письмо { $number } для «{ $name }» уже на сервере.
write-waits = Письмо { $number } для «{ $name }» запечатано и ждёт на этом устройстве: { $reason } Оно уйдёт со следующей командой, у которой будет связь, или командой tidings outbox --send.

outbox-empty = Отправлять нечего.
outbox-letter = письмо { $number }
outbox-mailbox = создание ящика
outbox-prekeys = ключи для первых писем
outbox-deletion = удаление
outbox-to = для «{ $name }»
outbox-line = { $what } { $to }  { $done } из { $total }  { $next }
outbox-next-now = следующая попытка: сейчас
outbox-next-at = следующая попытка: { $time }
outbox-refused = сервер не принял: { $reason }
outbox-sent = { $count ->
    [one] Отправлено { $count } отправление.
    [few] Отправлено { $count } отправления.
   *[other] Отправлено { $count } отправлений.
}

collect-none = Нового нет.
collect-new = { $count ->
    [one] { $count } новое письмо:
    [few] { $count } новых письма:
   *[other] { $count } новых писем:
}
collect-contact = «{ $name }» пишет впервые. Убедитесь, кто это, а затем: tidings contact verify { $number }
collect-parked = { $count ->
    [one] { $count } письмо пока не открывается; оно сохранено.
    [few] { $count } письма пока не открываются; они сохранены.
   *[other] { $count } писем пока не открываются; они сохранены.
}
collect-watching = Жду писем. Прервать: Ctrl-C.
list-none = Писем пока нет.
list-line = { $number }  { $date }  { $arrow } { $name }  { $kind }  { $state }
arrow-in = от
arrow-out = для

read-from = От: { $name }
read-to = Кому: { $name }
read-for = Для: { $name }
read-date = Дата: { $date }
read-answers = Ответ на письмо № { $number }
read-enclosure = Вложено: { $kind } { $name } ({ $size })
read-enclosure-missing = Вложено: { $kind } { $name } ({ $size }), ещё не получено: tidings collect
read-saved = Сохранено: { $path }
notice-verified = Подтверждённое уведомление от «{ $name }»: { $state }. Откуда это известно: { $grade }.
notice-unverified = Это не уведомление: офис его не подписывал.
notice-money = Никто от имени «{ $name }» никогда не просит денег.

status-account = Учётная запись: { $name }
status-home = Папка: { $home }
status-relay = Сервер: { $relay }
status-trouble = Неполадка: { $reason }
status-reached = Последняя связь с сервером: { $time }
status-never-reached = Последняя связь с сервером: ещё не было
status-office = Офис: да; карточка действует до { $date }
status-family = Офис: нет
status-contacts = Контактов: { $count }
status-letters = Писем: получено { $received }, отправлено { $sent }, ждёт отправки { $waiting }
status-parked = Хранится неоткрытых: { $count }

forget-done = Письмо { $number } удалено с этого устройства.
wipe-ask = Учётная запись в папке { $home } со всеми письмами и ключами будет уничтожена навсегда. Введите «да»:{" "}
wipe-done = Учётная запись уничтожена.

progress-upload = отправляю { $name }
progress-download = получаю { $name }

warning-clock-behind = Внимание: часы этого устройства, похоже, отстают. Письма открываются, но поставьте верное время.
warning-clock-ahead = Внимание: часы этого устройства спешат или сервер не обновил свой сертификат. Письма открываются; проверьте часы.
warning-clock = Внимание: дата на этом устройстве и на сервере расходится на несколько дней. Проверьте дату.
warning-restored = Внимание: учётная запись восстановлена из копии; переписка с контактами начинается заново.
warning-copied = Внимание: этой учётной записью пользуются ещё и из копии её папки. Две копии теряют письма друг друга, поэтому ничего не отправляется и не удаляется с сервера, пока вы не решите. Если копия есть или была: tidings copied --freeze. Если её точно нет: tidings copied --dismiss.
warning-read-only = Обратите внимание: в папку учётной записи ничего нельзя записать. Письма можно только просматривать и читать.
copied-frozen = Все контакты заморожены, ждавшие письма отозваны. Напишите каждому офису заново: tidings contact renew ИМЯ, затем tidings write. Если вы офис, попросите об этом семьи. Другой копией больше не пользуйтесь.
copied-dismissed = Всё идёт дальше, как прежде. Если это предупреждение появится снова, значит, копия есть.

size-bytes = { $n } Б
size-kib = { $n } КиБ
size-mib = { $n } МиБ
