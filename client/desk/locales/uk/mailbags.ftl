mailbags-title = Поштові сумки
mailbags-lead = Де немає мережі, запечатана пошта йде файлами: на флешці, на картці пам’яті, через будь-який месенджер. Той, хто їх несе, нічого не може прочитати.
mailbags-take-title = Прийняти принесене
mailbags-parts = Файли поштової сумки
mailbags-parts-hint = Усі частини разом або по одній, у будь-якому порядку: тут вони чекають одна на одну. Якщо частину принесли двічі, нічого не зміниться.
mailbags-take = Прийняти
mailbags-none-chosen = Не вибрано жодного файлу.
mailbags-told-taken = Поштову сумку { $bag } прийнято.
mailbags-told-none = Нового в ній нічого немає.
mailbags-told-letters = { $count ->
    [one] Надійшов { $count } новий лист.
    [few] Надійшли { $count } нові листи.
   *[other] Надійшло { $count } нових листів.
}
mailbags-told-pictures = { $count ->
    [one] З ними { $count } зображення.
    [few] З ними { $count } зображення.
   *[other] З ними { $count } зображень.
}
mailbags-told-parked = { $count ->
    [one] { $count } конверт поки що не відкривається. Його збережено; він відкриється, коли надійде те, що було перед ним.
    [few] { $count } конверти поки що не відкриваються. Їх збережено; вони відкриються, коли надійде те, що було перед ними.
   *[other] { $count } конвертів поки що не відкриваються. Їх збережено; вони відкриються, коли надійде те, що було перед ними.
}
mailbags-told-others = { $count ->
    [one] { $count } лист у ній — для когось іншого: передайте сумку далі.
    [few] { $count } листи в ній — для інших: передайте сумку далі.
   *[other] { $count } листів у ній — для інших: передайте сумку далі.
}
mailbags-to-letters = До листів
mailbags-begun = Поштова сумка { $bag } ще не повна. Бракує частин: { $parts } (усього { $count } з { $of }). Те, що вже є, чекає на них.
mailbags-begun-whole = Усі частини поштової сумки { $bag } вже тут, але її не прийнято.
mailbags-again = Спробувати ще раз
mailbags-forget = Викинути ці частини
mailbags-pack-title = Скласти те, що чекає
mailbags-nothing-waits = Ніщо не чекає на надсилання. Можна скласти й те, що вже на сервері, але родина ще не підтвердила.
mailbags-for = Яким родинам
mailbags-for-hint = Якщо не позначено жодної — усім.
mailbags-waits = { $count ->
    [one] чекає { $count } відправлення
    [few] чекають { $count } відправлення
   *[other] чекають { $count } відправлень
}
mailbags-carried = уже давали кур’єрові: { $count }
mailbags-size = Найбільший файл
mailbags-size-mail = 18 МБ: електронна пошта
mailbags-size-small = 50 МБ: месенджери, які приймають небагато
mailbags-size-disc = 700 МБ: диск
mailbags-size-stick = 2 ГБ: флешка, картка пам’яті, більшість месенджерів
mailbags-only-new = Без того, що вже давали кур’єрові
mailbags-only-new-hint = Без цієї позначки загублена флешка нічого не коштує: на наступній є і її листи.
mailbags-at-relay = Також те, що вже на сервері, але родина не підтвердила: може, вона від нього відрізана
mailbags-pack = Скласти
mailbags-made = Складено тут
mailbags-taken = Прийнято
mailbags-bag = Поштова сумка
mailbags-letters = Листи
mailbags-notes = Повідомлення
mailbags-pictures = Зображення
mailbags-others = Для інших
mailbags-files = Файли
mailbags-files-here = { $count } · { $size }
mailbags-files-gone = стерто
mailbags-files-gone-long = Файлів тут уже немає. Те, що досі чекає, можна скласти знову.
mailbags-one = Поштова сумка { $bag }
mailbags-count-letters = { $count ->
    [one] { $count } лист
    [few] { $count } листи
   *[other] { $count } листів
}
mailbags-count-notes = { $count ->
    [one] { $count } повідомлення
    [few] { $count } повідомлення
   *[other] { $count } повідомлень
}
mailbags-give = { $count ->
    [one] Збережіть файл там, звідки його візьме кур’єр.
    [few] Збережіть усі { $count } файли там, звідки їх візьме кур’єр. Одержувачеві потрібен кожен, порядок будь-який.
   *[other] Збережіть усі { $count } файлів там, звідки їх візьме кур’єр. Одержувачеві потрібен кожен, порядок будь-який.
}
mailbags-erase = Стерти файли тут
mailbags-erase-hint = Через 30 днів вони зникнуть самі.
mailbags-carried-title = Листи в ній
mailbags-carried-hint = Усе, що в ній, чекає й тут і піде мережею, щойно вона з’явиться. Хто отримає обидва примірники, побачить один.
mailbags-family = Родина
mailbags-what = Що це
mailbags-written = Написано
mailbags-reply = відповідь полоненого на лист { $number }
mailbags-answer = відповідь на № { $number }
mailbags-message = повідомлення
mailbags-unknown = тут уже стерто
mailbags-left-out = не вдалося скласти
mailbags-packed = у сумці
did-mailbag-taken = прийнято поштову сумку
did-mailbag-made = складено поштову сумку
did-mailbag-saved = збережено частину поштової сумки
did-mailbag-erased = стерто файли поштової сумки
subject-mailbag = поштова сумка
action-carry-post = передавати пошту сумками
post-carrying = Працюю з поштовою сумкою…
post-carrying-percent = Працюю з поштовою сумкою… { $percent } %
done-mailbag-packed = Поштову сумку складено.
done-mailbag-erased = Файли стерто.
error-mailbag-none = { $path } — не поштова сумка. Назви таких файлів зазвичай закінчуються на .mailbag.
error-mailbag-version = { $path } створила новіша програма. Встановіть новішу програму.
error-mailbag-head = { $path } пошкоджено на початку. Візьміть файл іще раз.
error-mailbag-truncated = { $path } обрізано: у файлі { $got } байтів з { $expected }. Скопіюйте його ще раз; флешку треба спершу безпечно вилучити.
error-mailbag-trailing = У { $path } є щось після кінця: це не той файл, який було записано. Візьміть його ще раз.
error-mailbag-damaged = Частину { $part } поштової сумки { $path } пошкоджено. Принесіть цю частину ще раз. Нічого не прийнято; решта частин чекає тут.
error-mailbag-part-missing = Поштова сумка { $path } не повна. Бракує частин: { $parts } (усього { $missing } з { $count }). Нічого не прийнято.
error-mailbag-malformed = { $path } — не така поштова сумка, яку пише програма Tidings. Нічого не прийнято.
error-mailbag-for-others = Для цього офісу в сумці нічого немає, нічого не прийнято. Може, це пошта іншого офісу або складена тут?
error-mailbag-too-large = Для однієї поштової сумки це забагато. Виберіть кілька родин.
error-mailbag-too-many-parts = Файлів було б { $got }, а може бути щонайбільше { $limit }. Виберіть більші файли або кілька родин.
error-mailbag-nothing = Тут немає нічого, що можна скласти.
