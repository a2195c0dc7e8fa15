parcels-empty = Кампаний пока нет
parcels-empty-hint = Кампания — это список посылок, которые едут вместе. Создайте её, а затем загрузите список из таблицы.
parcels-campaigns = Кампании
parcels-campaign = Кампания
parcels-sealed = Запечатано
parcels-open = идёт
parcels-closed = закрыта
parcels-new = Новая кампания
parcels-name = Название
parcels-name-hint = Например, «Зима 2026».
parcels-make = Создать кампанию
parcels-pack = Упаковывать
parcels-list = Загрузить список
parcels-manifest = Опись (CSV)
parcels-manifest-campaign = Кампания
parcels-manifest-packer = Упаковал(а)
parcels-manifest-second = Проверил(а)
parcels-none = Посылок нет
parcels-none-hint = Загрузите список посылок из таблицы.
parcels-close = Закрыть кампанию: в список больше ничего не добавляют
parcels-tick = Отметить посылку { $code }
parcels-stage = Передача
parcels-code = Код
parcels-person = Для кого
parcels-seal = Пломба
parcels-counts = Пересчёты
parcels-counted-by = Кто считал
parcels-ours = наш офис
parcels-theirs = другая сторона
parcels-counted = Насчитано
parcels-expected = По нашему списку
parcels-result = Итог
parcels-agrees = сходится
parcels-differs = не сходится
parcels-note = Примечание
parcel-listed = в списке
parcel-family_invited = семью спросили
parcel-letter_in = письмо есть
parcel-family_declined = без письма
parcel-packed = упаковано
parcel-sealed = запечатано
parcel-counted = пересчитано
parcel-crossed = пересекла линию
parcel-received = принято там
parcel-handed_over = сообщено о вручении
parcel-short = чего-то не хватает
parcel-opened = её открывали
parcel-confiscated = изъято
parcel-acknowledged = расписка вернулась

list-lead = Таблица, где каждая строка — одна посылка: код, имя и всё, что ещё известно. CSV, Excel или LibreOffice.
list-file = Список
list-read = Прочитать список
list-none = Сначала выберите файл.
list-empty = В списке нет строк, кроме заголовка.
list-too-long = Список слишком большой: самое большее 250 000 строк, 64 столбца, 20 МБ. Разделите его.
list-unreadable = Этот файл не удалось прочитать как список. Сохраните его как CSV или книгу Excel и попробуйте ещё раз.
list-gone = Списка здесь уже нет. Выберите файл ещё раз.
list-columns = Что означают столбцы?
list-columns-lead = Программа догадалась сама. Исправьте, где она ошиблась.
list-rows = { $count ->
    [one] { $count } строка
    [few] { $count } строки
   *[other] { $count } строк
}
list-take = Принять список
list-take-good = Принять только годные строки
list-other = Другой файл
list-faults = { $count ->
    [one] { $count } строку нельзя принять. Пока ничего не принято.
    [few] { $count } строки нельзя принять. Пока ничего не принято.
   *[other] { $count } строк нельзя принять. Пока ничего не принято.
}
list-good = { $count ->
    [one] Подходит { $count } строка.
    [few] Подходят { $count } строки.
   *[other] Подходящих строк: { $count }.
}
list-faults-caption = Что не так
list-row = Строка
list-fault = Изъян
list-fault-empty = «{ $field }» — пусто
list-fault-too-long = «{ $field }» — слишком длинно
list-fault-twice = такой код уже стоит в строке { $row }
list-fault-name = «{ $field }» — это не имя
list-fault-surname = «{ $field }» — не хватает фамилии
list-fault-date = «{ $field }» — это не дата
list-fault-year = «{ $field }» — год нужен из четырёх цифр
list-fault-year-range = «{ $field }» — такого года рождения не бывает
list-fault-day = «{ $field }» — такого дня в календаре нет
list-fault-sex = «{ $field }» — должно быть «м» или «ж»
list-notice-column = Столбец «{ $column }» с номерами документов не прочитан: такие номера мы никогда не храним.
list-notice-blanked = Строка { $row }, «{ $column }»: номер документа убран.
list-notice-repeated = Строка { $row }: то же имя и дата рождения уже есть в строке { $first }. Приняты обе.
list-no-name = Отметьте столбец с фамилией и именем.
list-column-twice = Двум столбцам дано одно и то же значение. Оставьте одно.
field-ignored = не нужен
field-full-name = Фамилия, имя, отчество
field-other-name = Имя другой азбукой
field-surname = Фамилия
field-given = Имя
field-patronymic = Отчество
field-birth = Дата рождения
field-sex = Пол
field-birth-place = Место рождения
field-place = Где содержат
field-captive-number = Номер интернированного
field-unit = Часть
field-rank = Звание
field-parcel = Код посылки
field-route = Маршрут
field-note = Примечание
field-document = Номер документа (не сохраняется)
field-born = Дата рождения
field-remark = Примечание
field-number = Номер интернированного
done-list-taken = { $count ->
    [one] Принята { $count } посылка.
    [few] Принято { $count } посылки.
   *[other] Принято { $count } посылок.
}

pack-scan = Код посылки или номер письма
pack-scan-parcel = Сначала отсканируйте посылку или введите её код.
pack-scan-letter = Теперь письма: сканируйте каждое или вводите номер. Код другой посылки откроет её.
pack-scan-submit = Дальше
pack-empty = Какая посылка?
pack-empty-hint = Пакуют вдвоём: один держит, другой сканирует. Пломбу ставят, только когда все письма внутри.
pack-letters = Письма, которые должны быть в ней
pack-no-letters = Для этой посылки писем нет.
pack-in = в посылке
pack-missing = не хватает
pack-offered = Письма, которые, возможно, сюда
pack-offered-hint = Имена похожи. Отметьте те, что для этого человека.
pack-bind = Они сюда
pack-seal-heading = Пломбирование
pack-still-missing = { $count ->
    [one] Не хватает { $count } письма. Без него посылку не запечатать.
    [few] Не хватает { $count } писем. Без них посылку не запечатать.
   *[other] Не хватает { $count } писем. Без них посылку не запечатать.
}
pack-grams = Вес в граммах
pack-contents = Содержимое
pack-contents-hint = По одному виду в строке, с количеством: «мыло, 2».
pack-second-hint = Другой человек, который пакует, подписывает логином и паролем.
pack-seal = Запечатать посылку
pack-unseal = Снять пломбу
pack-unseal-hint = Если нужно что-то доложить или вынуть. Письма придётся отсканировать снова.
pack-told-packed = Есть. Следующее, пожалуйста.
pack-told-already = Это письмо уже внутри.
pack-told-other = Стоп: это письмо должно быть в посылке { $code }. Положите его туда.
pack-told-unbound = Письмо { $number } ещё не относится ни к одной посылке.
pack-told-not-ready = Это письмо нельзя упаковать: его состояние — «{ $state }».
pack-told-nothing = Нет ни посылки с таким кодом, ни письма с таким номером.
parcels-labels = Наклейки (PDF)
parcels-manifest-pdf = Опись (PDF)
pack-misplaced = Письмо { $sheet } сюда не относится. Выньте его отсюда или отнесите к этой посылке в списке ниже.
pack-taken-out = Вынуто
pack-family-asked = Семью спросили о письме
pack-family-declined = Семья письма не передаёт
pack-exception-heading = Что случилось в пути
pack-exception-what = Что известно
check-title = Проверить опись
check-lead = Та ли это опись, которую подписали, до последнего знака.
check-file = Опись (CSV)
check-file-hint = Файл такой, каким его сохранили. Программа для таблиц, сохраняя заново, меняет его.
check-submit = Проверить
check-whole = Это то, что подписал этот офис. Ничего не изменено.
check-whole-other = С тех пор как подписано, ничего не изменено, но подписал не этот офис. Попросите другой офис прочитать свой ключ по телефону и сравните:
check-whole-any = Ничего не изменено с тех пор, как владелец этого ключа подписал. Чей это ключ, говорит офис: он виден на странице проверки описей.
check-whole-key = Это то, что подписал офис с этим ключом. Ничего не изменено.
check-other-key = Подписано другим ключом, чем указан: это не от того офиса или не в том виде.
check-fingerprint = SHA-256, как на напечатанной описи: { $digits }
check-changed = Это не то, что подписано: что-то изменено, добавлено или убрано.
check-unsigned = В файле нет подписи. Опись заканчивается строкой «# Ed25519» и строкой «# key».
check-ours = Ключ описей этого офиса
check-ours-hint = Другие офисы сравнивают его с ключом в наших описях. Он не секретный; скажите его по телефону или дайте на бумаге.
