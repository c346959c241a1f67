//! Calendars, events and their occurrences in SQL, and the iCalendar text form.
