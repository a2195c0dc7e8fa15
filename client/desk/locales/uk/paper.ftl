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
replies-page = Сторінка
replies-of = з
replies-anew = Це інша відповідь на тому самому аркуші
replies-place = Сюди й належить
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

replies-folder = Тека сканера
replies-folder-hint = Повний шлях до теки на комп'ютері офісу, куди пише сканер. Порожньо — за текою не стежимо.
replies-folder-erase = Стирати файли, щойно їх прийнято
replies-folder-erase-hint = Файл зникає з теки лише після того, як його збережено тут у зашифрованому вигляді. Без позначки файли переміщуються до теки «taken» поруч, де їх може прочитати кожен за цим комп'ютером.
replies-folder-watched = Файли приймаються з теки { $path }
replies-folder-none = Стежити за текою, куди пише сканер
replies-folder-wrong = Це не повний шлях до теки, яку програма може прочитати.
replies-open = Відповіді, яким бракує сторінки
replies-open-hint = Їх буде надіслано, коли відскануєте сторінку, якої бракує, або скажете, що її не буде.
replies-latest = Останні відповіді
replies-reply = Відповідь
replies-answers = На лист №
replies-answers-who = Хто відповідає
replies-answers-whom = Кому
replies-answers-letter = Відповідь на лист № { $letter }
replies-state-open = { $pages } із { $of } стор.
replies-state-ready = готова до надсилання родині
replies-state-sent = надіслано родині
replies-page-of-file = сторінка { $page } файлу
replies-page-number = сторінка { $page } із { $pages }
replies-page-single = Сторінка { $page }
replies-said = На коді: { $sheet }, сторінка { $page } із { $pages }.
replies-near = Попередня сторінка має номер { $sheet }. Це нічого не доводить: порівняйте з папером.
replies-page-hint = Власний папір полоненого рахується далі: сторінка 3 із 3 після аркуша на дві сторінки.
replies-whose = Чия вона?
replies-compare = Порівняйте з тим, що написано на сторінці. Якщо це не так, відповідь потрапить до чужих людей.
replies-not-so = Ні, не так
replies-is-there = Сторінка { $page } цієї відповіді вже є.
replies-aside-double = Відкласти: відскановано двічі
replies-aside-no-reply = Відкласти: це не відповідь
replies-aside-blank = Відкласти: тут нічого немає
replies-aside-seen = Переглянуто: відкласти
replies-aside-broken = Сканую цю сторінку ще раз
replies-aside-hint = Відкладене ще певний час зберігається; повернути його можна на сторінці файлу.
replies-doubles = Відкласти всі сторінки цього файлу, які вже є
replies-number-empty = Введіть номер, що стоїть на сторінці.
replies-number-character = «{ $character }» — не цифра. Номер складається лише з цифр.
replies-number-length = { $count ->
    [one] Введено { $count } цифру, а в номері їх десять.
    [few] Введено { $count } цифри, а в номері їх десять.
   *[other] Введено { $count } цифр, а в номері їх десять.
}
replies-number-check = Цифри не сходяться: одна хибна або дві переставлено.
replies-number-range = Аркуша з таким номером не буває.
replies-file-erase = Стерти файл
replies-file-hint = Порожні звороти не зберігаються і тут не показані.
replies-became = Що з нею сталося
replies-in-reply = Відповідь { $reply }
replies-same = такий самий знімок уже був
replies-aside = відкладено
replies-restore = Повернути
replies-look = Показати
replies-missing = Бракує сторінок: { $pages }
replies-finish = Більше не буде: надіслати те, що є
replies-finish-hint = Родина отримає сторінки, які тут є. Сторінка, що надійде пізніше, стане окремою відповіддю.
replies-erased = Знімок тут уже стерто; він є в родини.
replies-ticks = Позначки на аркуші, наскільки їх розпізнає програма:
replies-tick-letter = лист
replies-tick-photo = фото
replies-tick-drawing = малюнок
replies-tick-parcel = посилка
replies-tick-yes = позначено
replies-tick-no = порожньо
replies-tick-unsure = погляньте самі
page-returned = Сторінка листа: він повернувся
page-returned-hint = Це не відповідь. Зазначте в листі, що він повернувся, і відкладіть сторінку.
page-differ = Коди на сторінці не збігаються
page-differ-hint = Схоже, щось наклеєно поверх. Порівняйте з аркушем і введіть номер, якщо він очевидний, або відкладіть сторінку.
page-several = На знімку кілька аркушів
page-several-hint = Кожен аркуш може належати іншій родині, тому не надіслано нічого. Відскануйте аркуші по одному й відкладіть цей знімок.
page-counts = Сторінки з цим номером не сходяться
page-counts-hint = Аркуш друкували двічі, з різною кількістю сторінок. Погляньте на кожну і скажіть, яка це сторінка.
page-broken = Сторінку файлу пошкоджено
page-broken-hint = Решту сторінок файлу прочитано. Відскануйте цю ще раз.
page-broken-nothing = Показувати нічого.
scan-reading-page = прочитано сторінку { $read } із { $pages }
scan-file-empty = файл порожній
scan-file-too-large = файл завеликий: скануйте частинами
scan-file-unknown-format = це не PDF, TIFF, JPEG, PNG чи WebP
scan-file-password = захищено паролем: збережіть без нього
scan-file-damaged = пошкоджено: збережіть або відскануйте ще раз
scan-file-torn = файл обірвано: прочитані сторінки взято, інших може бракувати. Файл збережено; відскануйте стос іще раз
scan-file-too-many-pages = забагато сторінок: скануйте частинами
scan-file-bomb = відхилено: розгортається більше, ніж пише будь-який сканер
scan-file-no-pages = у ньому немає сторінок
scan-trouble-folder = Не вдається прочитати теку { $name }.
scan-trouble-too-large = { $name } завеликий, щоб його прийняти: скануйте частинами.
scan-trouble-unreadable = { $name } не читається.
scan-trouble-stays = { $name } прийнято, але не вдалося прибрати з теки.
done-pages-aside = { $count ->
    [one] Відкладено { $count } сторінку.
    [few] Відкладено { $count } сторінки.
   *[other] Відкладено { $count } сторінок.
}
did-scan-retried = читання файлу повторено
did-scan-erased = файл, що не читався, стерто
did-scan-folder-named = теку сканера вказано
did-pages-discarded = подвоєні сторінки відкладено
did-page-restored = сторінку повернуто

preview-title = Лист { $number }: як він виглядатиме на папері
preview-back = Лист { $number }
preview-lead = Чорно-біле, як друкує принтер офісу. Коди в кутах дійсні лише в готовому документі: друкуйте звідти, а не з цієї сторінки.
preview-closed = Ви друкуєте цей лист, не читаючи: його текст і зображення тут пропущено.
preview-show = Показати
preview-page = Сторінка { $page } з { $pages }
preview-among = Листи, які будуть надруковані
preview-of = лист { $place } з { $count }
preview-before = Попередній лист
preview-after = Наступний лист
preview-all = Подивитися, яким він буде на папері
preview-first = Перша сторінка листа, якою вона буде на папері
preview-before-print = Подивитися, як виглядатиме
envelopes-heading = Наклейки на конверти
envelopes-one = Наклейка на конверт
envelopes-used = Скільки наклейок на першому аркуші вже використано
envelopes-used-hint = Аркуші A4 з 14 наклейками 99,1 × 38,1 мм, по дві в ряд. Рахуйте згори, зліва направо.
envelopes-print = Наклейки (PDF)
