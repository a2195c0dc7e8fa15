print-waiting = { $count ->
    [one] { $count } письмо ждёт печати.
    [few] { $count } письма ждут печати.
   *[other] { $count } писем ждут печати.
}
print-all = Печатать все
print-choose = Выбрать письма
print-empty = Заданий на печать пока нет
print-empty-hint = Письма попадают сюда, когда их пропустили на проверке.
print-jobs = Задания на печать
print-made = Создано
print-letters = Письма
print-pages = Страницы
print-document = Документ
print-new = Напечатать письма
print-letters-chosen = { $count ->
    [one] Будет напечатано { $count } письмо.
    [few] Будет напечатано { $count } письма.
   *[other] Будет напечатано { $count } писем.
}
print-paper = Бумага
print-paper-a4 = A4
print-paper-a5 = A5
print-reply = Лист для ответа
print-reply-hint = На нём отвечает пленный; по номеру ответ попадёт к своей семье.
print-reply-one = одна страница
print-reply-two = две страницы
print-reply-none = без него
print-make = Создать документ
print-job = Задание на печать { $number }
print-making = Страницы готовятся. Тем временем можно работать дальше.
print-retry = Попробовать ещё раз
print-ready = { $count ->
    [one] Готово: { $count } страница.
    [few] Готово: { $count } страницы.
   *[other] Готово: { $count } страниц.
}
print-open = Открыть документ
print-erase = Напечатано: стереть документ
print-erase-hint = До этого документ хранится зашифрованным. Письма остаются в списке, их можно напечатать ещё раз.
print-closed = Документ стёрт или задание отменено.
print-take-back = Отменить задание
print-failed = Не удалось подготовить страницы: { $reason }
job-waiting = готовится
job-printed = готово
job-failed = не удалось
job-closed = закрыто
done-job-closed = Сделано; документа здесь больше нет.

replies-files = Отсканированные страницы
replies-files-hint = PDF или изображения со сканера или телефона, можно несколько сразу. Порядок страниц любой.
replies-take = Принять
replies-empty = Сканов пока нет
replies-empty-hint = Отсканируйте ответы все вместе и загрузите файл сюда. Коды на страницах скажут, чьи они.
replies-scans = Файлы
replies-file = Файл
replies-taken = Принято
replies-queued = { $count ->
    [one] На { $count } странице не удалось прочитать код. Введите номер, который на ней стоит.
    [few] На { $count } страницах не удалось прочитать коды. Введите номера, которые на них стоят.
   *[other] На { $count } страницах не удалось прочитать коды. Введите номера, которые на них стоят.
}
replies-queue-open = К страницам
replies-queue = Страницы, которые ждут вас
replies-queue-empty = Ни одна страница не ждёт
replies-left = { $count ->
    [one] осталась { $count } страница
    [few] осталось { $count } страницы
   *[other] осталось { $count } страниц
}
replies-page-picture = Отсканированная страница
replies-number = Номер на листе
replies-number-hint = Десять цифр, например 1234-5678-89. Две последние — для проверки: ошибка будет видна.
replies-number-wrong = Такого номера у нас нет: какая-то цифра неверна, лишняя или её не хватает.
replies-page = Страница
replies-of = из
replies-anew = Это другой ответ на том же листе
replies-place = Здесь её место
replies-discard = Отложить: это не ответ
page-unread = Код не читается
page-unread-hint = Введите номер, который стоит под текстом или над ним.
page-doubled = Эта страница уже есть, но на другом снимке
page-doubled-hint = Если её отсканировали дважды — отложите. Если это другой ответ — введите номер и поставьте отметку.
page-foreign = Номер не этого офиса
page-foreign-hint = Если лист принадлежит другому офису, отложите страницу и передайте бумагу.
scan-reading = читается
scan-done = прочитано
scan-queued = { $count ->
    [one] { $count } страница ждёт вас
    [few] { $count } страницы ждут вас
   *[other] { $count } страниц ждут вас
}
scan-failed = не удалось прочитать
done-scans-taken = { $count ->
    [one] Принят { $count } файл. Он читается.
    [few] Принято { $count } файла. Они читаются.
   *[other] Принято { $count } файлов. Они читаются.
}
done-scans-doubled = { $count ->
    [one] { $count } файл уже был принят раньше; ничего не удвоилось.
    [few] { $count } файла уже были приняты раньше; ничего не удвоилось.
   *[other] { $count } файлов уже были приняты раньше; ничего не удвоилось.
}
done-page-placed = Страница попала к своему ответу.
print-left-out = { $count ->
    [one] { $count } письма нет в документе. Оно ждёт дальше.
    [few] { $count } писем нет в документе. Они ждут дальше.
   *[other] { $count } писем нет в документе. Они ждут дальше.
}
print-why-picture = изображение повреждено или слишком велико
print-why-glyph = знак, которого нет в шрифтах
print-why-too-long = слишком длинное письмо
print-why-setting = страницы не удалось сверстать
