// Reads an iCalendar file from standard input with ical.js; prints {uid: {starts, ends, status, sequence}} as JSON.
const ICAL = require("ical.js");
const calendar = new ICAL.Component(ICAL.parse(require("node:fs").readFileSync(0, "utf8")));
for (const zone of calendar.getAllSubcomponents("vtimezone")) ICAL.TimezoneService.register(new ICAL.Timezone(zone));
const events = calendar.getAllSubcomponents("vevent").map((component) => new ICAL.Event(component));
const moment = (time) => (time.isDate ? time.toString() : time.toJSDate().toISOString());
console.log(
  JSON.stringify(
    Object.fromEntries(
      events.map((event) => [
        event.uid,
        {
          starts: moment(event.startDate),
          ends: moment(event.endDate),
          status: event.component.getFirstPropertyValue("status"),
          sequence: event.sequence,
        },
      ]),
    ),
  ),
);
