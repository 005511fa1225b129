package diagnose

import (
	"errors"
	"fmt"
	"net/http"
	"strconv"
	"strings"
	"time"

	"github.com/cosemu/cosemu/signer"
	"github.com/cosemu/cosemu/signer/diagnose/internal/resign"
)

var (
	wordsExpired = Message{
		ID: Expired,
		Sentence: Text{
			En: "The signature expired {detail} before the request arrived: valid until {signed}, arrived {arrived}.",
			Zh: "签名在请求到达前 {detail} 就过期了：有效期到 {signed}，到达时间 {arrived}。",
		},
		Advice: Text{
			En: "Sign just before the request, or give the signature a longer validity.",
			Zh: "请在发请求之前再签名，或者把有效期设长一些。",
		},
	}
	wordsExpiredClock = Message{
		ID: Expired,
		Sentence: Text{
			En: "The signature had expired when the request arrived (valid until {signed}, arrived {arrived}); by its own Date header the client's clock is {detail} behind.",
			Zh: "请求到达时签名已过期（有效期到 {signed}，到达时间 {arrived}）；按请求自带的 Date 头，客户端的时钟慢了 {detail}。",
		},
		Advice: Text{
			En: "Set the client's clock (NTP), or correct it by the Date header of any answer.",
			Zh: "请校准客户端时钟（NTP），或者按任一响应的 Date 头修正。",
		},
	}
	wordsExpiredEmpty = Message{
		ID:       Expired,
		Sentence: Text{En: "{name} is empty, which counts as expired.", Zh: "{name} 是空的，按过期处理。"},
		Advice:   Text{En: `Write it as "start;end" in Unix seconds.`, Zh: "请写成 “开始;结束”，单位是 Unix 秒。"},
	}
	wordsExpiredUnreadable = Message{
		ID: Expired,
		Sentence: Text{
			En: `{name} "{arrived}" is no range of Unix seconds, which counts as expired.`,
			Zh: `{name} “{arrived}” 不是 Unix 秒的范围，按过期处理。`,
		},
		Advice: wordsExpiredEmpty.Advice,
	}
	wordsExpiredBackwards = Message{
		ID: Expired,
		Sentence: Text{
			En: `{name} "{arrived}" ends before it starts, which counts as expired.`,
			Zh: `{name} “{arrived}” 的结束早于开始，按过期处理。`,
		},
		Advice: Text{
			En: "The second number is the moment of the end (start + validity), not the validity itself.",
			Zh: "第二个数是结束的时刻（开始 + 有效期），不是有效期本身。",
		},
	}
	wordsNotYet = Message{
		ID: NotYetValid,
		Sentence: Text{
			En: "The signature starts {detail} after the request arrived: valid from {signed}, arrived {arrived}.",
			Zh: "请求到达时，签名还要 {detail} 才生效：从 {signed} 起有效，到达时间 {arrived}。",
		},
		Advice: Text{
			En: "The client's clock is ahead: set it (NTP), or correct it by the Date header of any answer.",
			Zh: "客户端的时钟快了：请校准（NTP），或者按任一响应的 Date 头修正。",
		},
	}
	wordsDateSkew = Message{
		Sentence: Text{
			En: "The signed Date header is {detail} off: {signed}, arrived {arrived}.",
			Zh: "签名里的 Date 头差了 {detail}：写的是 {signed}，到达时间 {arrived}。",
		},
		Advice: wordsExpiredClock.Advice,
	}
	wordsTimeUnit = Message{
		ID: TimeUnit,
		Sentence: Text{
			En: `{name} "{arrived}" is in {detail}; it has to be in seconds.`,
			Zh: `{name} “{arrived}” 用的是{detail}，应该用秒。`,
		},
		Advice: Text{
			En: "Use whole Unix seconds: Math.floor(Date.now() / 1000), int(time.time()), time.Now().Unix().",
			Zh: "请使用整数 Unix 秒：Math.floor(Date.now() / 1000)、int(time.time())、time.Now().Unix()。",
		},
	}
	wordsTimeUnitSigned = Message{
		ID: TimeUnit,
		Sentence: Text{
			En: `{name} was signed as "{signed}", but sent as "{arrived}".`,
			Zh: `{name} 签名时是 “{signed}”，发送的却是 “{arrived}”。`,
		},
		Advice: Text{
			En: "Make the range once, in whole Unix seconds, and use the same text for signing and for sending.",
			Zh: "时间范围只生成一次，用整数 Unix 秒，签名和发送用同一段文本。",
		},
	}
	wordsTimeZone = Message{
		ID: TimeZone,
		Sentence: Text{
			En: "The signature's start is off by {detail}, exactly the difference of a time zone: local time was probably taken for UTC.",
			Zh: "签名的开始时间相差 {detail}，正好等于时区差（如东八区 8 小时）：像是把本地时间当成了 UTC。",
		},
		Advice: Text{
			En: "Unix time has no time zone: do not add or subtract one (Date.now(), time.time(), System.currentTimeMillis() are right as they are).",
			Zh: "Unix 时间没有时区，不要再加减时区（Date.now()、time.time()、System.currentTimeMillis() 本身就是对的）。",
		},
	}
	wordsTimeZoneOld = Message{
		ID: TimeZone,
		Sentence: Text{
			En: "If it was signed just now, the time is off by {detail}, exactly the difference of a time zone.",
			Zh: "如果是刚刚签的名，那么时间差了 {detail}，正好等于时区差（如东八区 8 小时）。",
		},
		Advice: wordsTimeZone.Advice,
	}
)

// timeField is q-sign-time or q-key-time.
type timeField struct {
	name string
	signer.TimeRange
}

// timing is what is known of a request's times.
type timing struct {
	claim *signer.Claim // nil: none
	now   time.Time
	date  string // the request's own Date header
	clock *ClockSetting
}

func (e *evidence) timing() timing {
	return timing{e.claim, e.in.Now, strings.TrimSpace(e.req.Header.Get("Date")), e.in.Facts.Clock}
}

// fields are the times of a claim.
func (t timing) fields() [2]timeField {
	return [2]timeField{{"q-sign-time", t.claim.SignTime}, {"q-key-time", t.claim.KeyTime}}
}

// problem is what is wrong with the claim's times now, if anything.
func (t timing) problem() (te *signer.TimeError, ok bool) {
	if t.claim == nil {
		return nil, false
	}
	ok = errors.As(t.claim.CheckTime(t.now), &te)
	return te, ok
}

func observeExpired(e *evidence) []Finding {
	te, ok := e.timing().problem()
	if !ok || te.Kind != signer.TimeExpired {
		return nil
	}
	if e.timing().clockMoved() {
		return e.timing().byTheClock(Expired, te)
	}
	now := e.in.Now.Unix()
	v := Values{Name: te.Field, Arrived: te.Range.Raw}
	w := &wordsExpired
	switch {
	case te.Range.Raw == "" || te.Range.Raw == ";":
		w = &wordsExpiredEmpty
	case !te.Range.Valid && te.Range.End > 0 && te.Range.End < te.Range.Start:
		w = &wordsExpiredBackwards
	case !te.Range.Valid:
		w = &wordsExpiredUnreadable
	default:
		v = Values{Signed: clock(te.Range.End), Arrived: clock(now), Detail: span(te.By)}
		if behind, ok := e.timing().clientClock(); ok && behind > time.Minute && now-int64(behind/time.Second) <= te.Range.End {
			w, v.Detail = &wordsExpiredClock, span(behind)
		}
	}
	f := w.Finding(v)
	f.rank = rankTime
	return []Finding{f}
}

// byTheClock is the plain finding about time, beside clock-moved, which explains it.
func (t timing) byTheClock(id ID, te *signer.TimeError) []Finding {
	return ranked(wordsByTheClock.of(id).Finding(Values{
		Signed: validity(te.Range.Start, te.Range.End), Arrived: clock(t.now.Unix()),
	}), rankTime)
}

// clientClock is how far the client's own Date header, if it sent one, is
// behind.
func (t timing) clientClock() (behind time.Duration, ok bool) {
	at, err := http.ParseTime(t.date)
	if err != nil {
		return 0, false
	}
	return t.now.Sub(at).Truncate(time.Second), true
}

func observeNotYetValid(e *evidence) []Finding {
	te, ok := e.timing().problem()
	if ok && te.Kind == signer.TimeNotYetValid {
		if e.timing().clockMoved() {
			return e.timing().byTheClock(NotYetValid, te)
		}
		f := wordsNotYet.Finding(Values{
			Signed: clock(te.Range.Start), Arrived: clock(e.in.Now.Unix()), Detail: span(te.By),
		})
		f.rank = rankTime
		return []Finding{f}
	}
	if ok || e.claim == nil || !contains(e.claim.HeaderList, "date") {
		return nil
	}
	off, ok := e.timing().clientClock()
	if !ok || off.Abs() <= signer.MaxSkew {
		return nil
	}
	id := NotYetValid
	if off > 0 {
		id = Expired
	}
	f := wordsDateSkew.of(id).Finding(Values{
		Name: "Date", Signed: e.req.Header.Get("Date"), Arrived: clock(e.in.Now.Unix()), Detail: span(off.Abs()),
	})
	f.rank = rankTime
	return []Finding{f}
}

// attemptTimeUnit asks whether the times were signed in milliseconds and sent
// in seconds, or the other way round.
func attemptTimeUnit(s *search) {
	sign, key := scaled(s.e.claim.SignTime), scaled(s.e.claim.KeyTime)
	secret := s.e.key.SecretKey
	for i := range min(len(sign), len(key)) {
		v := Values{Name: "q-sign-time", Signed: sign[i], Arrived: s.e.claim.SignTime.Raw}
		both := attempt{Said: said{&wordsTimeUnitSigned, v}, Mask: resign.MaskOf(resign.Time, resign.Key)}
		both.At[resign.Time], both.At[resign.Key] = s.Text(resign.Time, sign[i]), s.Key(secret, key[i])
		s.Propose(both)
		s.proposeText(resign.Time, sign[i], &wordsTimeUnitSigned, v, false)
		s.proposeIndex(resign.Key, both.At[resign.Key], &wordsTimeUnitSigned, Values{Name: "q-key-time", Signed: key[i], Arrived: s.e.claim.KeyTime.Raw}, false)
	}
}

// scaled are the same moments in the other unit.
func scaled(t signer.TimeRange) []string {
	if !t.Valid {
		return nil
	}
	if t.Start >= minMillis {
		return []string{fmt.Sprintf("%d;%d", t.Start/1000, t.End/1000)}
	}
	return []string{fmt.Sprintf("%d;%d", t.Start*1000, t.End*1000), fmt.Sprintf("%d.0;%d.0", t.Start, t.End)}
}

// minMillis is the first number that is rather taken for milliseconds: in
// seconds it would be the year 5138, in milliseconds it is 1973.
const minMillis = 100_000_000_000

func observeTimeUnit(e *evidence) []Finding {
	if e.claim == nil {
		return nil
	}
	for _, t := range e.timing().fields() {
		unit, ok := timeUnit(t.Raw)
		if !ok {
			continue
		}
		f := wordsTimeUnit.Finding(Values{Name: t.name, Arrived: t.Raw, Detail: unit})
		f.rank = rankTimeCause
		return []Finding{f}
	}
	return nil
}

// timeUnit names the unit of a time range that is not in whole seconds.
func timeUnit(raw string) (Text, bool) {
	start, _, _ := strings.Cut(raw, ";")
	start = strings.TrimSpace(start)
	whole, fraction, dotted := strings.Cut(start, ".")
	switch {
	case start == "" || len(raw) > 128:
		return Text{}, false
	case dotted && digits(whole) && digits(fraction):
		return Text{En: "fractions of a second", Zh: "带小数的秒"}, true
	case !digits(start):
		if _, err := time.Parse("2006-01-02", start[:min(len(start), 10)]); err == nil {
			return Text{En: "calendar time", Zh: "日期格式"}, true
		}
		return Text{}, false
	case len(start) >= 18:
		return Text{En: "nanoseconds", Zh: "纳秒"}, true
	case len(start) >= 15:
		return Text{En: "microseconds", Zh: "微秒"}, true
	case len(start) >= 12:
		return Text{En: "milliseconds", Zh: "毫秒"}, true
	}
	return Text{}, false
}

func digits(s string) bool { return s != "" && strings.Trim(s, "0123456789") == "" }

// observeTimeZone says so when the start of the validity is off by just what
// clocks differ between time zones. A start in the future has hardly another
// reason; a validity that is over may simply be old, so there it comes last
// (choice 102).
func observeTimeZone(e *evidence) []Finding {
	te, ok := e.timing().problem()
	if !ok || !te.Range.Valid || te.Range.Start >= minMillis || e.timing().clockMoved() {
		return nil
	}
	off := te.Range.Start - e.in.Now.Unix()
	zone, ok := nearZone(off)
	if !ok {
		return nil
	}
	w, rank := &wordsTimeZoneOld, rankTimeHint
	if te.Kind == signer.TimeNotYetValid {
		w, rank = &wordsTimeZone, rankTimeCause
	}
	f := w.Finding(Values{Detail: same(zone), Signed: clock(te.Range.Start), Arrived: clock(e.in.Now.Unix())})
	f.rank = rank
	return []Finding{f}
}

// zoneSlack is how long before a request its signature is usually made, in
// seconds; SDKs also let it start a little early.
const zoneSlack = 120

// nearZone finds the time zone that a difference in seconds amounts to.
func nearZone(off int64) (string, bool) {
	const quarter = 900
	sign, abs := "+", off
	if off < 0 {
		sign, abs = "-", -off
	}
	n := (abs + quarter/2) / quarter // in quarters of an hour
	if d := abs - n*quarter; d > zoneSlack || d < -zoneSlack || n < 4 || n > 14*4 {
		return "", false
	}
	switch part := n % 4; {
	case part == 0:
	case part == 2 && isHalfHour(sign+strconv.FormatInt(n/4, 10)):
	case n == 4*5+3 || n == 4*8+3 || n == 4*12+3: // Nepal, Eucla, Chatham
	default:
		return "", false
	}
	return fmt.Sprintf("%s%02d:%02d", sign, n/4, n%4*15), true
}

// isHalfHour tells whether there is a time zone of so many hours and a half.
func isHalfHour(hours string) bool {
	switch hours {
	case "+3", "+4", "+5", "+6", "+9", "+10", "-3", "-9":
		return true
	}
	return false
}

// clock writes a moment in UTC.
func clock(unix int64) string {
	if unix < 0 || unix > 253_402_300_799 { // year 9999
		return strconv.FormatInt(unix, 10)
	}
	return time.Unix(unix, 0).UTC().Format("2006-01-02 15:04:05 UTC")
}

// maxSpan is how many seconds are written as days.
const maxSpan = 36_525 * 86_400

// span writes a duration in its two greatest units.
func span(d time.Duration) Text {
	s := int64(d.Abs() / time.Second)
	if s > maxSpan { // a time in another unit; a Duration ends there as well
		return Text{En: "over 100 years", Zh: "一百多年"}
	}
	units := []struct {
		seconds int64
		text    Text
	}{
		{86400, Text{En: "{name} d", Zh: "{name} 天"}},
		{3600, Text{En: "{name} h", Zh: "{name} 小时"}},
		{60, Text{En: "{name} min", Zh: "{name} 分钟"}},
		{1, Text{En: "{name} s", Zh: "{name} 秒"}},
	}
	for len(units) > 1 && s < units[0].seconds {
		units = units[1:]
	}
	var parts []Text
	for _, u := range units[:min(len(units), 2)] {
		if n := s / u.seconds; n > 0 || len(units) == 1 {
			parts = append(parts, u.text.With(Values{Name: strconv.FormatInt(n, 10)}))
		}
		s %= u.seconds
	}
	return joinTexts(parts, " ", " ")
}

func unix(s int64) time.Time { return time.Unix(s, 0) }
