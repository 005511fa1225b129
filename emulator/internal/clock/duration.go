package clock

import (
	"errors"
	"math"
	"strconv"
	"strings"
	"time"
)

// errDuration describes the form of a duration.
var errDuration = errors.New("want a duration such as 90s, 15m, 1h30m or 7d")

const day = 24 * time.Hour

// ParseDuration reads a duration like [time.ParseDuration], and also days: 7d, 1d12h, -1d. A day
// has 24 hours.
func ParseDuration(s string) (time.Duration, error) {
	unsigned := strings.TrimLeft(s, "+-")
	if len(s)-len(unsigned) > 1 {
		return 0, errDuration
	}
	days, rest, hasDays := strings.Cut(unsigned, "d")
	if !hasDays {
		days, rest = "0", unsigned
	} else if rest == "" {
		rest = "0"
	}
	n, err := strconv.ParseUint(days, 10, 31)
	if err != nil || n > uint64(math.MaxInt64/day) {
		return 0, errDuration
	}
	d, err := time.ParseDuration(rest)
	total := time.Duration(n) * day
	if err != nil || strings.ContainsAny(rest[:1], "+-") || d > math.MaxInt64-total {
		return 0, errDuration
	}
	if strings.HasPrefix(s, "-") {
		return -(total + d), nil
	}
	return total + d, nil
}
