package diagnose

import "time"

// ClockSetting is how a server's clock differs from the real time.
type ClockSetting struct {
	// Offset is how far the server's clock is ahead of the real time; negative:
	// behind. Zero means that it tells the real time.
	Offset time.Duration
	// Frozen means that it stands still.
	Frozen bool
	// Since is the real time at which it was set.
	Since time.Time
}

var (
	wordsClockMoved = Message{
		ID: ClockMoved,
		Sentence: Text{
			En: "The emulator's own clock is {detail} the real time. At the real time, {signed}, this signature is valid; the emulator's time is {arrived}.",
			Zh: "模拟器自己的时钟比真实时间{detail}。按真实时间 {signed}，这个签名有效；模拟器的时间是 {arrived}。",
		},
		Advice: Text{
			En: "Set the emulator's clock back: DELETE /api/v1/clock on the console's port, the clock in the console, or a start without --clock.",
			Zh: "请恢复模拟器的时钟：对控制台端口发送 DELETE /api/v1/clock，或在控制台里恢复，或启动时不加 --clock。",
		},
	}
	wordsByTheClock = Message{
		Sentence: Text{
			En: "By the emulator's clock the request came outside the signature's validity: valid {signed}, arrived {arrived}.",
			Zh: "按模拟器的时钟，请求不在签名的有效期内：有效期 {signed}，到达时间 {arrived}。",
		},
		Advice: wordsClockMoved.Advice,
	}
)

// clockMoved reports whether the server's clock alone makes the times wrong: by
// the real time they are right, and the client signed after the clock was set.
// A URL that was signed before, and that someone let expire by moving the
// clock, is simply expired (choice 478).
func (t timing) clockMoved() bool {
	c := t.clock
	if c == nil || c.Offset == 0 || t.claim == nil {
		return false
	}
	if _, off := t.problem(); !off {
		return false
	}
	real := t.now.Add(-c.Offset)
	return t.claim.CheckTime(real) == nil && !unix(t.claim.SignTime.Start).Before(c.Since)
}

func observeClockMoved(e *evidence) []Finding {
	if !e.timing().clockMoved() {
		return nil
	}
	c := e.in.Facts.Clock
	by := span(c.Offset)
	off := Text{En: "{detail} ahead of", Zh: "快 {detail}"}
	if c.Offset < 0 {
		off = Text{En: "{detail} behind", Zh: "慢 {detail}"}
	}
	off = off.With(Values{Detail: by})
	if c.Frozen {
		off = Text{En: "stopped, and {detail}", Zh: "{detail}，而且停着"}.With(Values{Detail: off})
	}
	return ranked(wordsClockMoved.Finding(Values{
		Signed: clock(e.in.Now.Add(-c.Offset).Unix()), Arrived: clock(e.in.Now.Unix()), Detail: off,
	}), rankTimeCause)
}

// validity writes a range of times.
func validity(start, end int64) string { return clock(start) + " – " + clock(end) }
