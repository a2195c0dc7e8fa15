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
replies-page = Страница
replies-of = из
replies-anew = Это другой ответ на том же листе
replies-place = Здесь её место
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

replies-folder = Папка сканера
replies-folder-hint = Полный путь к папке на компьютере офиса, куда пишет сканер. Пусто — за папкой не следим.
replies-folder-erase = Стирать файлы, как только они приняты
replies-folder-erase-hint = Файл уходит из папки только после того, как сохранён здесь в зашифрованном виде. Без отметки файлы перемещаются в папку «taken» рядом, где их может прочитать любой за этим компьютером.
replies-folder-watched = Файлы принимаются из папки { $path }
replies-folder-none = Следить за папкой, куда пишет сканер
replies-folder-wrong = Это не полный путь к папке, которую программа может прочитать.
replies-open = Ответы, в которых не хватает страницы
replies-open-hint = Они будут отправлены, когда вы отсканируете недостающую страницу или скажете, что её не будет.
replies-latest = Последние ответы
replies-reply = Ответ
replies-answers = На письмо №
replies-answers-who = Кто отвечает
replies-answers-whom = Кому
replies-answers-letter = Ответ на письмо № { $letter }
replies-state-open = { $pages } из { $of } стр.
replies-state-ready = готов к отправке семье
replies-state-sent = отправлен семье
replies-page-of-file = страница { $page } файла
replies-page-number = страница { $page } из { $pages }
replies-page-single = Страница { $page }
replies-said = На коде: { $sheet }, страница { $page } из { $pages }.
replies-near = У предыдущей страницы номер { $sheet }. Это ничего не доказывает: сравните с бумагой.
replies-page-hint = Собственная бумага пленного считается дальше: страница 3 из 3 после листа в две страницы.
replies-whose = Чья она?
replies-compare = Сравните с тем, что написано на странице. Если это не так, ответ попадёт к чужим людям.
replies-not-so = Нет, не так
replies-is-there = Страница { $page } этого ответа уже есть.
replies-aside-double = Отложить: отсканирована дважды
replies-aside-no-reply = Отложить: это не ответ
replies-aside-blank = Отложить: здесь ничего нет
replies-aside-seen = Просмотрено: отложить
replies-aside-broken = Сканирую эту страницу заново
replies-aside-hint = Отложенное ещё некоторое время хранится; вернуть его можно на странице файла.
replies-doubles = Отложить все страницы этого файла, которые уже есть
replies-number-empty = Введите номер, который стоит на странице.
replies-number-character = «{ $character }» — не цифра. Номер состоит только из цифр.
replies-number-length = { $count ->
    [one] Введена { $count } цифра, а в номере их десять.
    [few] Введено { $count } цифры, а в номере их десять.
   *[other] Введено { $count } цифр, а в номере их десять.
}
replies-number-check = Цифры не сходятся: одна неверна или две переставлены.
replies-number-range = Листа с таким номером не бывает.
replies-file-erase = Стереть файл
replies-file-hint = Пустые обороты не хранятся и здесь не показаны.
replies-became = Что с ней стало
replies-in-reply = Ответ { $reply }
replies-same = точно такой снимок уже был
replies-aside = отложена
replies-restore = Вернуть
replies-look = Показать
replies-missing = Не хватает страниц: { $pages }
replies-finish = Больше не будет: отправить то, что есть
replies-finish-hint = Семья получит страницы, которые здесь есть. Страница, которая придёт позже, станет отдельным ответом.
replies-erased = Снимок здесь уже стёрт; он есть у семьи.
replies-ticks = Отметки на листе, насколько их распознаёт программа:
replies-tick-letter = письмо
replies-tick-photo = фото
replies-tick-drawing = рисунок
replies-tick-parcel = посылка
replies-tick-yes = отмечено
replies-tick-no = пусто
replies-tick-unsure = посмотрите сами
page-returned = Страница письма: оно вернулось
page-returned-hint = Это не ответ. Отметьте у письма, что оно вернулось, и отложите страницу.
page-differ = Коды на странице не совпадают
page-differ-hint = Похоже, что-то наклеено поверх. Сравните с листом и введите номер, если он очевиден, или отложите страницу.
page-several = На снимке несколько листов
page-several-hint = Каждый лист может принадлежать другой семье, поэтому не отправлено ничего. Отсканируйте листы по одному и отложите этот снимок.
page-counts = Страницы с этим номером не сходятся
page-counts-hint = Лист печатали дважды, с разным числом страниц. Посмотрите на каждую и скажите, какая это страница.
page-broken = Страница файла повреждена
page-broken-hint = Остальные страницы файла прочитаны. Отсканируйте эту заново.
page-broken-nothing = Показывать нечего.
scan-reading-page = прочитана страница { $read } из { $pages }
scan-file-empty = файл пустой
scan-file-too-large = файл слишком большой: сканируйте частями
scan-file-unknown-format = это не PDF, TIFF, JPEG, PNG или WebP
scan-file-password = защищён паролем: сохраните без него
scan-file-damaged = повреждён: сохраните или отсканируйте заново
scan-file-torn = файл оборван: прочитанные страницы взяты, других может не хватать. Файл сохранён; отсканируйте стопку ещё раз
scan-file-too-many-pages = слишком много страниц: сканируйте частями
scan-file-bomb = отклонён: разворачивается больше, чем пишет любой сканер
scan-file-no-pages = в нём нет страниц
scan-trouble-folder = Не удаётся прочитать папку { $name }.
scan-trouble-too-large = { $name } слишком большой, чтобы его принять: сканируйте частями.
scan-trouble-unreadable = { $name } не читается.
scan-trouble-stays = { $name } принят, но убрать его из папки не удалось.
done-pages-aside = { $count ->
    [one] Отложена { $count } страница.
    [few] Отложено { $count } страницы.
   *[other] Отложено { $count } страниц.
}
did-scan-retried = чтение файла повторено
did-scan-erased = файл, который не читался, стёрт
did-scan-folder-named = папка сканера указана
did-pages-discarded = удвоенные страницы отложены
did-page-restored = страница возвращена

preview-title = Письмо { $number }: как оно будет выглядеть на бумаге
preview-back = Письмо { $number }
preview-lead = Чёрно-белое, как печатает принтер офиса. Коды в углах действительны только в готовом документе: печатайте оттуда, а не с этой страницы.
preview-closed = Вы печатаете это письмо, не читая: его текст и изображения здесь пропущены.
preview-show = Показать
preview-page = Страница { $page } из { $pages }
preview-among = Письма, которые будут напечатаны
preview-of = письмо { $place } из { $count }
preview-before = Предыдущее письмо
preview-after = Следующее письмо
preview-all = Посмотреть, каким оно будет на бумаге
preview-first = Первая страница письма, какой она будет на бумаге
preview-before-print = Посмотреть, как будет выглядеть
envelopes-heading = Наклейки на конверты
envelopes-one = Наклейка на конверт
envelopes-used = Сколько наклеек на первом листе уже использовано
envelopes-used-hint = Листы A4 с 14 наклейками 99,1 × 38,1 мм, по две в ряд. Считайте сверху, слева направо.
envelopes-print = Наклейки (PDF)
