package clock_test

import (
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/cosemu/cosemu/emulator/internal/clock"
)

func TestParseDuration(t *testing.T) {
	const day = 24 * time.Hour
	for text, want := range map[string]time.Duration{
		"15m": 15 * time.Minute, "7d": 7 * day, "1d12h": 36 * time.Hour, "-1d": -day, "+31d": 31 * day, "-20m": -20 * time.Minute,
		"1.5h": 90 * time.Minute, "0": 0, "0d": 0, "1h30m": 90 * time.Minute, "-1d1h": -25 * time.Hour, "106751d": 106751 * day,
	} {
		got, err := clock.ParseDuration(text)
		require.NoError(t, err, text)
		require.Equal(t, want, got, text)
	}
	for _, text := range []string{"", "d", "7", "7 d", "1h7d", "--1d", "1d-1h", "1.5d", "106752d", "99999999999999999999d", "106751d24h", "a week"} {
		_, err := clock.ParseDuration(text)
		require.ErrorContains(t, err, "such as 90s, 15m, 1h30m or 7d", text)
	}
}
