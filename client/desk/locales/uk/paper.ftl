print-waiting = { $count ->
    [one] { $count } лист чекає на друк.
    [few] { $count } листи чекають на друк.
   *[other] { $count } листів чекають на друк.
}
print-all = Друкувати всі
print-choose = Вибрати листи
print-empty = Завдань на друк ще немає
print-empty-hint = Листи потрапляють сюди, коли їх пропустили на перевірці.
print-jobs = Завдання на друк
print-made = Створено
print-letters = Листи
print-pages = Сторінки
print-document = Документ
print-new = Надрукувати листи
print-letters-chosen = { $count ->
    [one] Буде надруковано { $count } лист.
    [few] Буде надруковано { $count } листи.
   *[other] Буде надруковано { $count } листів.
}
print-paper = Папір
print-paper-a4 = A4
print-paper-a5 = A5
print-reply = Аркуш для відповіді
print-reply-hint = На ньому відповідає полонений; за номером відповідь потрапить до своєї родини.
print-reply-one = одна сторінка
print-reply-two = дві сторінки
print-reply-none = без нього
print-make = Створити документ
print-job = Завдання на друк { $number }
print-making = Сторінки готуються. Тим часом можна працювати далі.
print-retry = Спробувати ще раз
print-ready = { $count ->
    [one] Готово: { $count } сторінка.
    [few] Готово: { $count } сторінки.
   *[other] Готово: { $count } сторінок.
}
print-open = Відкрити документ
print-erase = Надруковано: стерти документ
print-erase-hint = До того документ зберігається зашифрованим. Листи залишаються в списку, їх можна надрукувати ще раз.
print-closed = Документ стерто або завдання скасовано.
print-take-back = Скасувати завдання
print-failed = Не вдалося підготувати сторінки: { $reason }
job-waiting = готується
job-printed = готово
job-failed = не вдалося
job-closed = закрито
done-job-closed = Зроблено; документа тут більше немає.

replies-files = Скановані сторінки
replies-files-hint = PDF або зображення зі сканера чи телефона, можна кілька разом. Порядок сторінок будь-який.
replies-take = Прийняти
replies-empty = Сканів ще немає
replies-empty-hint = Відскануйте відповіді всі разом і завантажте файл сюди. Коди на сторінках скажуть, чиї вони.
replies-scans = Файли
replies-file = Файл
replies-taken = Прийнято
replies-queued = { $count ->
    [one] На { $count } сторінці не вдалося прочитати код. Введіть номер, що на ній стоїть.
    [few] На { $count } сторінках не вдалося прочитати коди. Введіть номери, що на них стоять.
   *[other] На { $count } сторінках не вдалося прочитати коди. Введіть номери, що на них стоять.
}
replies-queue-open = До сторінок
replies-queue = Сторінки, що чекають на вас
replies-queue-empty = Жодна сторінка не чекає
replies-left = { $count ->
    [one] залишилася { $count } сторінка
    [few] залишилося { $count } сторінки
   *[other] залишилося { $count } сторінок
}
replies-page-picture = Сканована сторінка
replies-number = Номер на аркуші
replies-number-hint = Десять цифр, наприклад 1234-5678-89. Дві останні — для перевірки: помилку буде видно.
replies-number-wrong = Такого номера в нас немає: якась цифра хибна, зайва або її бракує.
replies-page = Сторінка
replies-of = з
replies-anew = Це інша відповідь на тому самому аркуші
replies-place = Сюди й належить
replies-discard = Відкласти: це не відповідь
page-unread = Код не читається
page-unread-hint = Введіть номер, що стоїть під текстом або над ним.
page-doubled = Ця сторінка вже є, але на іншому знімку
page-doubled-hint = Якщо її відскановано двічі — відкладіть. Якщо це інша відповідь — введіть номер і поставте позначку.
page-foreign = Номер не цього офісу
page-foreign-hint = Якщо аркуш належить іншому офісу, відкладіть сторінку й передайте папір.
scan-reading = читається
scan-done = прочитано
scan-queued = { $count ->
    [one] { $count } сторінка чекає на вас
    [few] { $count } сторінки чекають на вас
   *[other] { $count } сторінок чекають на вас
}
scan-failed = не вдалося прочитати
done-scans-taken = { $count ->
    [one] Прийнято: { $count } файл. Він читається.
    [few] Прийнято: { $count } файли. Вони читаються.
   *[other] Прийнято: { $count } файлів. Вони читаються.
}
done-scans-doubled = { $count ->
    [one] { $count } файл уже прийнято раніше; нічого не подвоїлося.
    [few] { $count } файли вже прийнято раніше; нічого не подвоїлося.
   *[other] { $count } файлів уже прийнято раніше; нічого не подвоїлося.
}
done-page-placed = Сторінка потрапила до своєї відповіді.
print-left-out = { $count ->
    [one] { $count } листа немає в документі. Він чекає далі.
    [few] { $count } листів немає в документі. Вони чекають далі.
   *[other] { $count } листів немає в документі. Вони чекають далі.
}
print-why-picture = зображення пошкоджене або завелике
print-why-glyph = знак, якого немає в шрифтах
print-why-too-long = задовгий лист
print-why-setting = сторінки не вдалося зверстати
