package main

import (
	"bytes"
	"encoding/json"
	"io"
	"net/http"
	"net/http/httptest"
	"os"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"
)

// TestMain makes the test binary the program itself, since measures start it as a child.
func TestMain(m *testing.M) {
	if len(os.Args) > 1 && os.Args[1] == childCommand {
		main()
		return
	}
	os.Exit(m.Run())
}

// TestQuick: each measure ends with figures. The figures depend on the machine, so they are not
// checked.
func TestQuick(t *testing.T) {
	if testing.Short() {
		t.Skip("builds the command and starts it many times")
	}
	peer := httptest.NewServer(http.HandlerFunc(func(_ http.ResponseWriter, r *http.Request) {
		_, _ = io.Copy(io.Discard, r.Body)
	}))
	t.Cleanup(peer.Close)
	var out, log bytes.Buffer
	require.NoError(t, run(t.Context(), []string{"--quick", "--rounds", "1", "--json", "--dir", t.TempDir(), "--peer", peer.URL}, &out, &log))
	var report struct {
		CPUs int   `json:"cpus"`
		Rows []row `json:"rows"`
	}
	require.NoError(t, json.Unmarshal(out.Bytes(), &report))
	require.Positive(t, report.CPUs)
	for _, what := range []string{
		"ready in memory", "ready on a new folder", "1 KiB PUT, 16 connections, in memory", "1 KiB PUT, 16 connections, on disk",
		"1 KiB PUT, 16 connections, the peer", "1 KiB PUT, journal", "one PUT of 8 MiB, in memory", "one PUT of 8 MiB, on disk",
		"one PUT of 8 MiB in signed chunks", "1 KiB PUT, 100 accounts, 99 faults", "page of 1000 out of 10000 keys, on disk",
	} {
		found := false
		for _, r := range report.Rows {
			found = found || strings.HasPrefix(r.What, what)
			require.Equal(t, r.Aim != 0, r.Met != nil, "%s: an aim is judged", r.What)
		}
		require.True(t, found, "%s is missing in %s", what, out.String())
	}
	for _, m := range measures() {
		require.Contains(t, log.String(), "measuring: "+m.name)
	}
}

func TestOnly(t *testing.T) {
	var out, log bytes.Buffer
	err := run(t.Context(), []string{"--only", "start,speed"}, &out, &log)
	require.ErrorContains(t, err, `nothing is called "speed"; there is start, small`)
	require.Empty(t, log.String(), "and nothing was measured")
}

func TestMedian(t *testing.T) {
	require.InDelta(t, 2, median([]float64{9, 1, 2}), 0)
	require.InDelta(t, 2.5, median([]float64{9, 1, 2, 3}), 0)
}

func TestVerdict(t *testing.T) {
	var b bench
	b.add(row{What: "enough", Value: 0.6, Aim: 0.6, AtLeast: true})
	b.add(row{What: "too little", Value: 0.59, Aim: 0.6, AtLeast: true})
	b.add(row{What: "within", Value: 25, Aim: 25})
	b.add(row{What: "too much", Value: 25.1, Aim: 25})
	b.add(row{What: "told", Value: 1})
	var verdicts []string
	for _, r := range b.rows {
		verdicts = append(verdicts, r.verdict())
	}
	require.Equal(t, []string{"met", "MISSED", "met", "MISSED", ""}, verdicts)
	var out bytes.Buffer
	require.NoError(t, b.writeTable(&out))
	require.Regexp(t, `(?m)^too little +0\.59 +≥ 0\.60 +MISSED`, out.String())
}
