parcels-empty = Кампаній ще немає
parcels-empty-hint = Кампанія — це список посилок, які їдуть разом. Створіть її, а тоді завантажте список із таблиці.
parcels-campaigns = Кампанії
parcels-campaign = Кампанія
parcels-sealed = Запечатано
parcels-open = триває
parcels-closed = закрито
parcels-new = Нова кампанія
parcels-name = Назва
parcels-name-hint = Наприклад, «Зима 2026».
parcels-make = Створити кампанію
parcels-pack = Пакувати
parcels-list = Завантажити список
parcels-manifest = Опис (CSV)
parcels-manifest-campaign = Кампанія
parcels-manifest-packer = Пакував(ла)
parcels-manifest-second = Перевірив(ла)
parcels-none = Посилок немає
parcels-none-hint = Завантажте список посилок із таблиці.
parcels-close = Закрити кампанію: до списку більше нічого не додають
parcels-tick = Позначити посилку { $code }
parcels-stage = Передавання
parcels-code = Код
parcels-person = Для кого
parcels-seal = Пломба
parcels-counts = Підрахунок
parcels-counted-by = Хто рахував
parcels-ours = наш офіс
parcels-theirs = інша сторона
parcels-counted = Пораховано
parcels-expected = За нашим списком
parcels-result = Підсумок
parcels-agrees = збігається
parcels-differs = не збігається
parcels-note = Примітка
parcel-listed = у списку
parcel-family_invited = родину запитали
parcel-letter_in = лист є
parcel-family_declined = без листа
parcel-packed = запаковано
parcel-sealed = запечатано
parcel-counted = пораховано
parcel-crossed = перетнула лінію
parcel-received = прийнято там
parcel-handed_over = повідомлено про вручення
parcel-short = чогось бракує
parcel-opened = її відкривали
parcel-confiscated = вилучено
parcel-acknowledged = розписка повернулася

list-lead = Таблиця, де кожен рядок — одна посилка: код, ім'я та все, що ще відомо. CSV, Excel або LibreOffice.
list-file = Список
list-read = Прочитати список
list-none = Спочатку виберіть файл.
list-empty = У списку немає рядків, крім заголовка.
list-too-long = Список завеликий: щонайбільше 250 000 рядків, 64 стовпці, 20 МБ. Поділіть його.
list-unreadable = Цей файл не вдалося прочитати як список. Збережіть його як CSV або книгу Excel і спробуйте ще раз.
list-gone = Списку тут уже немає. Виберіть файл ще раз.
list-columns = Що означають стовпці?
list-columns-lead = Програма здогадалася сама. Виправте, де вона помилилася.
list-rows = { $count ->
    [one] { $count } рядок
    [few] { $count } рядки
   *[other] { $count } рядків
}
list-take = Прийняти список
list-take-good = Прийняти лише придатні рядки
list-other = Інший файл
list-faults = { $count ->
    [one] { $count } рядок не можна прийняти. Поки що нічого не прийнято.
    [few] { $count } рядки не можна прийняти. Поки що нічого не прийнято.
   *[other] { $count } рядків не можна прийняти. Поки що нічого не прийнято.
}
list-good = { $count ->
    [one] Придатний { $count } рядок.
    [few] Придатні { $count } рядки.
   *[other] Придатних рядків: { $count }.
}
list-faults-caption = Що не так
list-row = Рядок
list-fault = Помилка
list-fault-empty = «{ $field }» — порожньо
list-fault-too-long = «{ $field }» — задовге
list-fault-twice = такий код уже стоїть у рядку { $row }
list-fault-name = «{ $field }» — це не ім'я
list-fault-surname = «{ $field }» — бракує прізвища
list-fault-date = «{ $field }» — це не дата
list-fault-year = «{ $field }» — рік має бути з чотирьох цифр
list-fault-year-range = «{ $field }» — такого року народження не буває
list-fault-day = «{ $field }» — такого дня в календарі немає
list-fault-sex = «{ $field }» — має бути «ч» або «ж»
list-notice-column = Стовпець «{ $column }» з номерами документів не прочитано: таких номерів ми ніколи не зберігаємо.
list-notice-blanked = Рядок { $row }, «{ $column }»: номер документа прибрано.
list-notice-repeated = Рядок { $row }: те саме ім'я та дата народження вже є в рядку { $first }. Прийнято обидва.
list-no-name = Позначте стовпець із прізвищем та ім'ям.
list-column-twice = Двом стовпцям дано те саме значення. Залиште одне.
field-ignored = не потрібен
field-full-name = Прізвище, ім'я, по батькові
field-other-name = Ім'я іншою абеткою
field-surname = Прізвище
field-given = Ім'я
field-patronymic = По батькові
field-birth = Дата народження
field-sex = Стать
field-birth-place = Місце народження
field-place = Де утримують
field-captive-number = Номер інтернованого
field-unit = Частина
field-rank = Звання
field-parcel = Код посилки
field-route = Маршрут
field-note = Примітка
field-document = Номер документа (не зберігається)
field-born = Дата народження
field-remark = Примітка
field-number = Номер інтернованого
done-list-taken = { $count ->
    [one] Прийнято { $count } посилку.
    [few] Прийнято { $count } посилки.
   *[other] Прийнято { $count } посилок.
}

pack-scan = Код посилки або номер листа
pack-scan-parcel = Спершу відскануйте посилку або введіть її код.
pack-scan-letter = Тепер листи: скануйте кожен або вводьте номер. Код іншої посилки відкриє її.
pack-scan-submit = Далі
pack-empty = Яка посилка?
pack-empty-hint = Пакують удвох: один тримає, другий сканує. Пломбу ставлять, лише коли всі листи всередині.
pack-letters = Листи, що мають бути в ній
pack-no-letters = Для цієї посилки листів немає.
pack-in = у посилці
pack-missing = бракує
pack-offered = Листи, які, можливо, сюди
pack-offered-hint = Імена схожі. Позначте ті, що для цієї людини.
pack-bind = Вони сюди
pack-seal-heading = Пломбування
pack-still-missing = { $count ->
    [one] Бракує { $count } листа. Без нього посилку не запечатати.
    [few] Бракує { $count } листів. Без них посилку не запечатати.
   *[other] Бракує { $count } листів. Без них посилку не запечатати.
}
pack-grams = Вага в грамах
pack-contents = Вміст
pack-contents-hint = По одному виду в рядку, з кількістю: «мило, 2».
pack-second-hint = Інша людина, яка пакує, підписує логіном і паролем.
pack-seal = Запечатати посилку
pack-unseal = Зняти пломбу
pack-unseal-hint = Якщо треба щось докласти чи вийняти. Листи доведеться відсканувати знову.
pack-told-packed = Є. Наступний, будь ласка.
pack-told-already = Цей лист уже всередині.
pack-told-other = Стоп: цей лист має бути в посилці { $code }. Покладіть його туди.
pack-told-unbound = Лист { $number } ще не належить до жодної посилки.
pack-told-not-ready = Цей лист не можна пакувати: його стан — «{ $state }».
pack-told-nothing = Немає ні посилки з таким кодом, ні листа з таким номером.
parcels-labels = Наліпки (PDF)
parcels-manifest-pdf = Опис (PDF)
pack-misplaced = Лист { $sheet } сюди не належить. Вийміть його звідси або віднесіть до цієї посилки в переліку нижче.
pack-taken-out = Вийнято
pack-family-asked = Родину запитано про лист
pack-family-declined = Родина листа не передає
pack-exception-heading = Що сталося в дорозі
pack-exception-what = Що відомо
check-title = Перевірити опис вкладень
check-lead = Чи опис, який хтось надіслав, — саме той, що підписано, до останнього знака.
check-file = Опис (CSV)
check-file-hint = Файл такий, яким його зберегли. Програма для таблиць, зберігаючи знову, змінює його.
check-submit = Перевірити
check-whole = Це те, що підписав цей офіс. Нічого не змінено.
check-whole-other = Відколи підписано, нічого не змінено, але підписав не цей офіс. Попросіть інший офіс прочитати свій ключ по телефону і порівняйте:
check-whole-any = Нічого не змінено, відколи власник цього ключа підписав. Чий це ключ, каже офіс: його видно на сторінці перевірки описів.
check-whole-key = Це те, що підписав офіс із цим ключем. Нічого не змінено.
check-other-key = Підписано іншим ключем, ніж указано: це не від того офісу або не в тому вигляді.
check-fingerprint = SHA-256, як на надрукованому описі: { $digits }
check-changed = Це не те, що підписано: щось змінено, додано або вилучено.
check-unsigned = У файлі немає підпису. Опис закінчується рядком «# Ed25519» і рядком «# key».
check-ours = Ключ описів цього офісу
check-ours-hint = Інші офіси порівнюють його з ключем у наших описах. Він не таємний; скажіть його по телефону або дайте на папері.
