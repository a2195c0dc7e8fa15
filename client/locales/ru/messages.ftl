passphrase-prompt = Парольная фраза:{" "}
passphrase-new = Придумайте парольную фразу:{" "}
passphrase-again = Та же парольная фраза ещё раз:{" "}

init-done = Учётная запись «{ $name }» создана в папке { $home }.
init-next-family = Чтобы писать офису, добавьте его карточку: tidings contact add КАРТОЧКА
init-next-office = Только если вы — офис, который печатает и передаёт письма: tidings card --office
init-waits = Сейчас нет связи с сервером; всё нужное попадёт на него, как только связь появится.

card-office = Эта учётная запись — офис: вам может написать каждый, у кого есть эта карточка.
card-tells-taken = Семьи сразу узнают, что их письмо получено.
card-tells-nothing = Семьи ничего не узнают, пока кто-нибудь не ответит; до тех пор их письма остаются на ключах первого письма.
card-ask = Карточка есть только у офиса: по ней этой учётной записи пишут семьи, и она останется офисом навсегда. Семье карточка не нужна: семья добавляет карточку офиса командой tidings contact add. Сделать эту учётную запись офисом? Введите «да»:{" "}
card-link = Карточка:
card-words = Контрольные слова; прочитайте их по телефону тому, кто хочет убедиться, что карточка действительно ваша:
card-words-vouch = Они удостоверяют ключ, а не название: звонящий должен взять ваш номер из другого источника.
card-file = Файл карточки записан: { $path }.
card-waits = Карточка заработает, как только будет связь с сервером; попробовать ещё раз: tidings outbox --send.

contact-added = Контакт «{ $name }» добавлен.
contact-known = Этот офис уже есть среди ваших контактов: «{ $name }», номер { $number }. Его карточка самая новая.
contact-known-name = Имя остаётся прежним. Изменить его: tidings contact rename { $number } "{ $name }"
contact-looks = Внимание: имя «{ $name }» не такое, каким кажется: в нём есть скрытые знаки или буквы двух алфавитов. Прежде чем доверять, убедитесь, кто это; дать контакту другое имя: tidings contact rename { $number } ИМЯ
contact-named = Контакт «{ $before }» теперь называется здесь «{ $name }».
contact-check = Прежде чем доверять этой карточке, позвоните в офис по номеру, который нашли сами, и сверьте восемь контрольных слов:
contact-check-how = Если они совпадают: tidings contact verify { $name }
contact-law = Обратите внимание: письма пленным читают представители обеих сторон; это допускает международное гуманитарное право (Третья Женевская конвенция, статья 76). По дороге в офис прочитать их не может никто. Пишите только семейные новости; не упоминайте воинских частей, званий, мест и номеров телефонов.
contacts-none = Контактов пока нет. Добавьте офис по его карточке: tidings contact add КАРТОЧКА
contact-line = { $id }  { $name }  ({ $role }, { $trust })
role-office = офис
role-family = семья
trust-unverified = не подтверждён
trust-verified = подтверждён { $date }
trust-frozen = переписка остановлена
contact-verify-words = Контрольные слова контакта «{ $name }»:
contact-verify-family = «{ $name }» пишет вам впервые. Убедитесь, кто это, прежде чем отправлять что-то личное.
contact-verify-ask = Слова совпадают? Введите «да»:{" "}
contact-verify-ask-family = Вы уверены, кто это? Введите «да»:{" "}
contact-verified = Контакт «{ $name }» подтверждён.
contact-not-verified = Ничего не изменено.
contact-frozen-office = Офису «{ $name }» больше ничего не отправляется; то, что ждало, отозвано. Не доверяйте тому, что оттуда приходит. Когда офис снова будет в надёжных руках, начните заново: tidings contact renew { $number }, затем напишите письмо; офис подтвердит вас ещё раз.
contact-frozen-family = Семье «{ $name }» больше ничего не отправляется; то, что ждало, отозвано. Начать заново может только семья: на новом устройстве с вашей карточкой или на своём командой tidings contact renew --anew. Её письмо придёт сюда как новый контакт: убедитесь, кто пишет, затем tidings contact verify. Старый контакт после этого можно удалить: tidings contact forget { $number }
contact-renewing = Новые ключи для переписки с «{ $name }» программа попросит со следующим письмом.
contact-renewed = Переписка с «{ $name }» начинается заново: следующее письмо придёт в офис как новый контакт, и офис подтвердит вас ещё раз. Написать его: tidings write --to { $number }
contact-forgotten = Контакт «{ $name }» удалён с этого устройства вместе с ключами и письмами.
contact-forget-ask = Удалить «{ $name }» со всеми письмами? Введите «да»:{" "}
answer-yes = да

write-text-prompt = Пишите письмо; чтобы закончить, нажмите Ctrl-D на пустой строке.
write-for-ask = Полное имя пленного, для которого это письмо (пусто — для самого офиса «{ $name }»):{" "}
write-sent = Письмо { $number } для «{ $name }» уже на сервере.
write-waits = Письмо { $number } для «{ $name }» запечатано, но ещё на этом устройстве: { $reason } Оно уйдёт со следующей командой, которой удастся связаться с сервером, или с tidings outbox --send.
write-refused = Письмо { $number } для «{ $name }» не принято: { $reason } Когда сервер сможет его принять, отправьте его командой tidings outbox --send.

outbox-empty = Всё отправлено.
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

collect-none = Новых писем нет.
collect-new = { $count ->
    [one] { $count } новое письмо:
    [few] { $count } новых письма:
   *[other] { $count } новых писем:
}
collect-notices = { $count ->
    [one] { $count } новое уведомление:
    [few] { $count } новых уведомления:
   *[other] { $count } новых уведомлений:
}
collect-contact = «{ $name }» пишет впервые. Убедитесь, кто это, а затем: tidings contact verify { $number }
collect-parked = { $count ->
    [one] { $count } письмо пока не открывается; оно сохранено.
    [few] { $count } письма пока не открываются; они сохранены.
   *[other] { $count } писем пока не открываются; они сохранены.
}
collect-watching = Жду писем. Закончить: Ctrl-C.
collect-stopped = Остановлено через { $hours } ч { $minutes } мин. Пришло: { $letters ->
    [one] { $letters } письмо
    [few] { $letters } письма
   *[other] { $letters } писем
}, { $notices ->
    [one] { $notices } уведомление
    [few] { $notices } уведомления
   *[other] { $notices } уведомлений
}.
list-none = Писем пока нет.
list-line = { $number }  { $date }  { $way }{ $mark }  { $what }
list-from = от «{ $name }»
list-to = для «{ $name }»
list-unverified = {" "}(не подтверждён)
list-frozen = {" "}(остановлено)
list-for = { $kind } (для: { $name })
list-of = { $kind } (пишет: { $name })
list-notice = уведомление: { $state }
list-notice-about = уведомление о письме { $number }: { $state }
list-notice-unsigned = сообщение без подписи, не уведомление

read-from = От: { $name }
read-to = Кому: { $name }
read-for = Для: { $name }
read-about = О ком: { $name }
read-unverified = Никто не проверил, кто это пишет. Убедитесь, затем: tidings contact verify { $number }
read-date = Дата: { $date }
read-answers = Ответ на письмо № { $number }
read-enclosure = Вложение: { $kind } { $name } ({ $size })
read-enclosure-missing = Вложение: { $kind } { $name } ({ $size }), ещё не получено: tidings collect
read-saved = Сохранено: { $path }
notice-verified = Подтверждённое уведомление от «{ $name }»: { $state }. Откуда это известно: { $grade }.
notice-unverified = Это не уведомление: офис его не подписал.
notice-money = Тот, кто действительно пишет от «{ $name }», никогда не просит денег.

status-account = Учётная запись: { $name }
status-home = Папка: { $home }
status-relay = Сервер: { $relay }
status-trouble = Проблема: { $reason }
status-reached = Последняя связь с сервером: { $time }
status-never-reached = Последняя связь с сервером: ещё не было
status-office = Офис: да; карточка действует до { $date }
status-family = Офис: нет
status-contacts = Контактов: { $count }
status-letters = Письма: получено { $received }, отправлено { $sent }, ждут отправки: { $waiting }
status-parked = Писем, которые пока не открываются: { $count }

forget-done = Письмо { $number } удалено с этого устройства.
wipe-ask = Учётная запись в папке { $home } будет уничтожена навсегда, со всеми письмами и ключами. Введите «да»:{" "}
wipe-done = Учётная запись уничтожена.

progress-upload = отправляю { $name }
progress-download = получаю { $name }
progress-watching = Жду писем; уже пришло: { $count }

warning-clock-behind = Внимание: часы этого устройства, похоже, отстают. Письма открываются, но поставьте верное время.
warning-clock-ahead = Внимание: часы этого устройства спешат или сервер не обновил свой сертификат. Письма открываются, но проверьте часы.
warning-clock = Внимание: даты на этом устройстве и на сервере расходятся на несколько дней. Проверьте дату.
warning-restored = Внимание: учётная запись восстановлена из резервной копии, а в ней нет ключей. Семья начинает заново командой tidings contact renew и новым письмом; офис ждёт писем от семей.
warning-copied = Внимание: этой учётной записью пользуются ещё и из копии её папки. Копии теряют письма друг друга, поэтому, пока вы не решите, ничего не отправляется и не удаляется с сервера. Если копия есть или была: tidings copied --freeze. Если её точно нет: tidings copied --dismiss.
warning-read-only = Обратите внимание: в папку учётной записи ничего нельзя записать. Письма можно только просматривать и читать.
copied-frozen = Переписка со всеми контактами остановлена, ждавшие письма отозваны. Начните заново с каждым офисом: tidings contact renew ИМЯ, затем tidings write. Если вы офис, попросите об этом семьи: tidings contact renew --anew. Другой копией больше не пользуйтесь.
copied-dismissed = Всё работает, как прежде. Если это предупреждение появится снова, значит, копия есть.

size-bytes = { $n } Б
size-kib = { $n } КиБ
size-mib = { $n } МиБ
