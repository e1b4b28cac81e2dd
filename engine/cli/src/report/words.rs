//! The words of a page in other languages than English.

/// A language of the page.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, clap::ValueEnum)]
pub(crate) enum Language {
    /// English
    #[default]
    En,
    /// Russian
    Ru,
    /// Persian
    Fa,
}

impl Language {
    pub(crate) const fn code(self) -> &'static str {
        match self {
            Language::En => "en",
            Language::Ru => "ru",
            Language::Fa => "fa",
        }
    }

    pub(crate) const fn direction(self) -> &'static str {
        match self {
            Language::Fa => "rtl",
            Language::En | Language::Ru => "ltr",
        }
    }

    /// The English word in this language; itself when nobody has translated it.
    pub(crate) fn word(self, english: &'static str) -> &'static str {
        let found = WORDS.iter().find(|(word, ..)| *word == english);
        match (self, found) {
            (Language::Ru, Some((_, russian, _))) => russian,
            (Language::Fa, Some((.., persian))) => persian,
            _ => english,
        }
    }
}

/// English, Russian, Persian.
pub(super) const WORDS: &[(&str, &str, &str)] = &[
    ("inbound", "входящие", "ورودی"),
    ("answered", "отвечено", "پاسخ‌داده"),
    ("missed", "пропущено", "ازدست‌رفته"),
    ("abandoned", "не дождались", "رهاشده"),
    ("short", "сразу положили трубку", "رهاشدهٔ کوتاه"),
    ("voicemail", "сообщение", "پیام صوتی"),
    ("callback", "обратный звонок", "تماس برگشتی"),
    ("other", "прочее", "سایر"),
    ("talk", "разговор", "گفت‌وگو"),
    ("avg wait", "среднее ожидание", "میانگین انتظار"),
    ("longest", "дольше всего", "بیشترین انتظار"),
    ("level", "уровень сервиса", "سطح خدمت"),
    ("rating", "оценка", "امتیاز"),
    ("offered", "поступило", "رسیده"),
    ("waiting", "ждут", "در انتظار"),
    ("hold", "удержание", "نگه‌داشتن"),
    ("wrap-up", "постобработка", "کار پس از تماس"),
    ("avg handle", "среднее обслуживание", "میانگین رسیدگی"),
    ("from queues", "из очередей", "از صف‌ها"),
    ("direct", "напрямую", "مستقیم"),
    ("in time", "вовремя", "به‌موقع"),
    ("dialed", "набрано", "شماره‌گیری‌شده"),
    ("reached", "дозвонились", "پاسخ‌گرفته"),
    ("share", "доля", "سهم"),
    ("queue", "очередь", "صف"),
    ("agent", "оператор", "اپراتور"),
    ("number", "номер", "شماره"),
    ("hour", "час", "ساعت"),
    ("day", "день", "روز"),
    ("flow", "сценарий", "روند"),
    ("campaign", "кампания", "کارزار"),
    ("Report", "Отчёт", "گزارش"),
    ("Figures", "Показатели", "شاخص‌ها"),
    ("Calls by day", "Звонки по дням", "تماس‌ها به تفکیک روز"),
    ("Calls by hour", "Звонки по часам", "تماس‌ها به تفکیک ساعت"),
    ("Service level by day", "Уровень сервиса по дням", "سطح خدمت به تفکیک روز"),
    ("Service level by hour", "Уровень сервиса по часам", "سطح خدمت به تفکیک ساعت"),
    ("The course", "Динамика", "روند زمانی"),
    ("Lines", "Таблица", "جدول"),
    ("Agents", "Операторы", "اپراتورها"),
    ("Callbacks", "Обратные звонки", "تماس‌های برگشتی"),
    ("Messages", "Сообщения", "پیام‌ها"),
    ("Deliveries", "Доставка", "ارسال‌ها"),
    ("Campaigns", "Кампании", "کارزارها"),
    ("Satisfaction", "Удовлетворённость", "رضایت"),
    ("Evaluations", "Оценка разговоров", "ارزیابی‌ها"),
    ("evaluations", "анкет", "ارزیابی"),
    ("score", "результат", "نمرهٔ ارزیابی"),
    ("form", "анкета", "فرم"),
    ("Service level, by name", "Уровень сервиса по определениям", "سطح خدمت بر پایهٔ تعریف"),
    ("booked", "заказано", "ثبت‌شده"),
    ("done", "выполнено", "انجام‌شده"),
    ("gave up", "не удалось", "ناموفق"),
    ("cancelled", "отменено", "لغوشده"),
    ("rang first", "позвонил сам", "خودش زنگ زد"),
    ("box", "ящик", "صندوق"),
    ("left", "осталось", "باقی‌مانده"),
    ("left by callers", "оставлено", "گذاشته‌شده"),
    ("heard", "прослушано", "شنیده‌شده"),
    ("urgent", "срочные", "فوری"),
    ("by", "способ", "روش"),
    ("wanted", "заказано", "خواسته‌شده"),
    ("failed", "не доставлено", "ناموفق"),
    ("results", "результаты", "نتایج"),
    ("mark", "балл", "نمره"),
    ("calls", "звонки", "تماس‌ها"),
    ("mean", "среднее", "میانگین"),
    ("name", "название", "نام"),
    ("formula", "формула", "فرمول"),
    ("all", "всего", "همه"),
];
