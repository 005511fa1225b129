package signer

import (
	"math"
	"strconv"
	"strings"
	"time"

	"github.com/cosemu/cosemu/signer/internal/show"
)

// MaxSkew is how far in the future the start of a validity may lie before it is
// refused as the sign of a wrong clock (COS docs: error code
// RequestTimeTooSkewed, "more than 15 minutes").
const MaxSkew = 15 * time.Minute

// TimeRange is a q-sign-time or q-key-time: "start;end".
type TimeRange struct {
	// Raw is the value as it was written; it is what is signed.
	Raw string
	// Start and End are Unix seconds; End belongs to the range.
	Start, End int64
	// Valid is false for a value that is empty, unreadable or runs backwards.
	Valid bool
}

// NewTimeRange is the range from start to end, to the second.
func NewTimeRange(start, end time.Time) TimeRange {
	s, e := start.Unix(), end.Unix()
	raw := strconv.FormatInt(s, 10) + ";" + strconv.FormatInt(e, 10)
	return TimeRange{Raw: raw, Start: s, End: e, Valid: s >= 0 && s <= e}
}

// ParseTimeRange reads "start;end" in Unix seconds, digits only.
func ParseTimeRange(s string) TimeRange {
	t := TimeRange{Raw: s}
	semi := strings.IndexByte(s, ';')
	if semi < 0 {
		return t
	}
	var okFrom, okTo bool
	t.Start, okFrom = parseDigits(s[:semi])
	t.End, okTo = parseDigits(s[semi+1:])
	t.Valid = okFrom && okTo && t.Start <= t.End // choice 3
	return t
}

// parseDigits reads a number without sign; strconv would take "+5" and "-5".
func parseDigits(s string) (int64, bool) {
	if s == "" || len(s) > 18 { // 18 digits cannot overflow
		return 0, false
	}
	n := int64(0)
	for i := 0; i < len(s); i++ {
		if s[i] < '0' || s[i] > '9' {
			return 0, false
		}
		n = 10*n + int64(s[i]-'0')
	}
	return n, true
}

// TimeKind says on which side of its validity a claim was used.
type TimeKind int

const (
	// TimeExpired is a validity that is over, or that cannot be read. The
	// cloud answers 403 AccessDenied, "Request has expired".
	TimeExpired TimeKind = iota + 1
	// TimeNotYetValid is a validity that starts more than [MaxSkew] ahead. The
	// cloud answers 403 RequestTimeTooSkewed.
	TimeNotYetValid
	// TimeTooOld is an AWS signature in a header that was made more than
	// [MaxSkew] ago. It has no end of its own, so its client's clock is wrong.
	// The cloud answers 403 RequestTimeTooSkewed.
	TimeTooOld
)

// TimeError says why a claim is not valid at a given time.
type TimeError struct {
	Kind TimeKind
	// Field is the range that refused: "q-sign-time" or "q-key-time"; of AWS
	// signatures "X-Amz-Expires", "x-amz-date" or "Expires".
	Field string
	// Range is that range.
	Range TimeRange
	// Now is the time that was asked about.
	Now time.Time
	// By is how long ago the range ended, how far ahead it starts, or how long
	// ago the too old signature was made, in whole seconds; 0 for a range that cannot be read, and no more than a Duration
	// holds, 292 years, for one in milliseconds.
	By time.Duration
}

// Error says it in a sentence.
func (e *TimeError) Error() string {
	switch {
	case e.Kind == TimeNotYetValid:
		return "signer: " + e.Field + " starts in " + e.By.String()
	case e.Kind == TimeTooOld:
		return "signer: " + e.Field + " is " + e.By.String() + " ago"
	case !e.Range.Valid:
		return "signer: " + e.Field + " " + strconv.Quote(show.Shorten(e.Range.Raw, maxShown)) + " is no range of Unix seconds"
	default:
		return "signer: " + e.Field + " ended " + e.By.String() + " ago"
	}
}

// maxShown keeps a hostile value from filling a log.
const maxShown = 64

// CheckTime reports whether the claim is valid at now: nil, or a [*TimeError]. Now
// must lie in both ranges, in whole seconds, both ends included (choice 8); a
// start up to [MaxSkew] ahead is accepted. A claim whose one range is over and whose
// other has not begun has expired.
func (c *Claim) CheckTime(now time.Time) error {
	if c.Family != QSign {
		return c.checkAWSTime(now)
	}
	at := now.Unix()
	for i := range 2 {
		field, t := c.timeField(i)
		switch {
		case !t.Valid:
			return &TimeError{Kind: TimeExpired, Field: field, Range: t, Now: now}
		case at > t.End:
			return &TimeError{Kind: TimeExpired, Field: field, Range: t, Now: now, By: seconds(at - t.End)}
		}
	}
	for i := range 2 {
		field, t := c.timeField(i)
		if ahead := t.Start - at; ahead > int64(MaxSkew/time.Second) {
			return &TimeError{Kind: TimeNotYetValid, Field: field, Range: t, Now: now, By: seconds(ahead)}
		}
	}
	return nil
}

func (c *Claim) timeField(i int) (string, TimeRange) {
	if i == 0 {
		return "q-sign-time", c.SignTime
	}
	return "q-key-time", c.KeyTime
}

// seconds is n seconds, or the longest Duration where that is shorter.
func seconds(n int64) time.Duration {
	if n > math.MaxInt64/int64(time.Second) {
		return math.MaxInt64
	}
	return time.Duration(n) * time.Second
}
