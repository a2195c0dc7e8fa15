mailbags-title = Почтовые сумки
mailbags-lead = Где нет сети, запечатанная почта идёт файлами: на флешке, на карте памяти, через любой мессенджер. Тот, кто их несёт, ничего не может прочитать.
mailbags-take-title = Принять принесённое
mailbags-parts = Файлы почтовой сумки
mailbags-parts-hint = Все части вместе или по одной, в любом порядке: здесь они ждут друг друга. Если часть принесли дважды, ничего не изменится.
mailbags-take = Принять
mailbags-none-chosen = Не выбран ни один файл.
mailbags-told-taken = Почтовая сумка { $bag } принята.
mailbags-told-none = Нового в ней ничего нет.
mailbags-told-letters = { $count ->
    [one] Пришло { $count } новое письмо.
    [few] Пришли { $count } новых письма.
   *[other] Пришло { $count } новых писем.
}
mailbags-told-pictures = { $count ->
    [one] С ними { $count } изображение.
    [few] С ними { $count } изображения.
   *[other] С ними { $count } изображений.
}
mailbags-told-parked = { $count ->
    [one] { $count } конверт пока не открывается. Он сохранён и откроется, когда придёт то, что было перед ним.
    [few] { $count } конверта пока не открываются. Они сохранены и откроются, когда придёт то, что было перед ними.
   *[other] { $count } конвертов пока не открываются. Они сохранены и откроются, когда придёт то, что было перед ними.
}
mailbags-told-others = { $count ->
    [one] { $count } письмо в ней — для кого-то другого: передайте сумку дальше.
    [few] { $count } письма в ней — для других: передайте сумку дальше.
   *[other] { $count } писем в ней — для других: передайте сумку дальше.
}
mailbags-to-letters = К письмам
mailbags-begun = Почтовая сумка { $bag } ещё не полна. Не хватает частей: { $parts } (всего { $count } из { $of }). То, что уже есть, ждёт их.
mailbags-begun-whole = Все части почтовой сумки { $bag } уже здесь, но она не принята.
mailbags-again = Попробовать ещё раз
mailbags-forget = Выбросить эти части
mailbags-pack-title = Уложить то, что ждёт
mailbags-nothing-waits = Ничто не ждёт отправки. Можно уложить и то, что уже на сервере, но семья ещё не подтвердила.
mailbags-for = Каким семьям
mailbags-for-hint = Если не отмечена ни одна — всем.
mailbags-waits = { $count ->
    [one] ждёт { $count } отправление
    [few] ждут { $count } отправления
   *[other] ждут { $count } отправлений
}
mailbags-carried = уже отдавали курьеру: { $count }
mailbags-size = Самый большой файл
mailbags-size-mail = 18 МБ: электронная почта
mailbags-size-small = 50 МБ: мессенджеры, которые принимают немного
mailbags-size-disc = 700 МБ: диск
mailbags-size-stick = 2 ГБ: флешка, карта памяти, большинство мессенджеров
mailbags-only-new = Без того, что уже отдавали курьеру
mailbags-only-new-hint = Без этой отметки потерянная флешка ничего не стоит: на следующей есть и её письма.
mailbags-at-relay = Также то, что уже на сервере, но семья не подтвердила: может быть, она от него отрезана
mailbags-pack = Уложить
mailbags-made = Уложено здесь
mailbags-taken = Принято
mailbags-bag = Почтовая сумка
mailbags-letters = Письма
mailbags-notes = Сообщения
mailbags-pictures = Изображения
mailbags-others = Для других
mailbags-files = Файлы
mailbags-files-here = { $count } · { $size }
mailbags-files-gone = стёрты
mailbags-files-gone-long = Файлов здесь уже нет. То, что ещё ждёт, можно уложить снова.
mailbags-one = Почтовая сумка { $bag }
mailbags-count-letters = { $count ->
    [one] { $count } письмо
    [few] { $count } письма
   *[other] { $count } писем
}
mailbags-count-notes = { $count ->
    [one] { $count } сообщение
    [few] { $count } сообщения
   *[other] { $count } сообщений
}
mailbags-give = { $count ->
    [one] Сохраните файл там, откуда его возьмёт курьер.
    [few] Сохраните все { $count } файла там, откуда их возьмёт курьер. Получателю нужен каждый, порядок любой.
   *[other] Сохраните все { $count } файлов там, откуда их возьмёт курьер. Получателю нужен каждый, порядок любой.
}
mailbags-erase = Стереть файлы здесь
mailbags-erase-hint = Через 30 дней они исчезнут сами.
mailbags-carried-title = Письма в ней
mailbags-carried-hint = Всё, что в ней, ждёт и здесь и уйдёт по сети, как только она появится. Кто получит оба экземпляра, увидит один.
mailbags-family = Семья
mailbags-what = Что это
mailbags-written = Написано
mailbags-reply = ответ пленного на письмо { $number }
mailbags-answer = ответ на № { $number }
mailbags-message = сообщение
mailbags-unknown = здесь уже стёрто
mailbags-left-out = не удалось уложить
mailbags-packed = в сумке
did-mailbag-taken = принята почтовая сумка
did-mailbag-made = уложена почтовая сумка
did-mailbag-saved = сохранена часть почтовой сумки
did-mailbag-erased = стёрты файлы почтовой сумки
subject-mailbag = почтовая сумка
action-carry-post = передавать почту сумками
post-carrying = Работаю с почтовой сумкой…
post-carrying-percent = Работаю с почтовой сумкой… { $percent } %
done-mailbag-packed = Почтовая сумка уложена.
done-mailbag-erased = Файлы стёрты.
error-mailbag-none = { $path } — не почтовая сумка. Имена таких файлов обычно оканчиваются на .mailbag.
error-mailbag-version = { $path } создала более новая программа. Установите более новую программу.
error-mailbag-head = { $path } повреждён в начале. Возьмите файл ещё раз.
error-mailbag-truncated = { $path } обрезан: в файле { $got } байт из { $expected }. Скопируйте его ещё раз; флешку сначала нужно безопасно извлечь.
error-mailbag-trailing = В { $path } есть что-то после конца: это не тот файл, который был записан. Возьмите его ещё раз.
error-mailbag-damaged = Часть { $part } почтовой сумки { $path } повреждена. Принесите эту часть ещё раз. Ничего не принято; остальные части ждут здесь.
error-mailbag-part-missing = Почтовая сумка { $path } не полна. Не хватает частей: { $parts } (всего { $missing } из { $count }). Ничего не принято.
error-mailbag-malformed = { $path } — не такая почтовая сумка, какую пишет программа Tidings. Ничего не принято.
error-mailbag-for-others = Для этого офиса в сумке ничего нет, ничего не принято. Может быть, это почта другого офиса или уложенная здесь?
error-mailbag-too-large = Для одной почтовой сумки это слишком много. Выберите несколько семей.
error-mailbag-too-many-parts = Файлов было бы { $got }, а может быть не больше { $limit }. Выберите файлы побольше или несколько семей.
error-mailbag-nothing = Здесь нет ничего, что можно уложить.
