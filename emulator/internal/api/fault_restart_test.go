package api_test

import (
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/cosemu/cosemu/emulator/internal/api"
	"github.com/cosemu/cosemu/emulator/internal/fault"
	"github.com/cosemu/cosemu/storage"
)

// TestFaultRestart: faults outlive a restart with their hits, and no reset.
func TestFaultRestart(t *testing.T) {
	dir := t.TempDir()
	run := func(use func(*server)) {
		st, err := storage.OpenDisk(dir, storage.Options{})
		require.NoError(t, err)
		t.Run("", func(t *testing.T) { use(startOn(t, api.Config{}, st)) })
		require.NoError(t, st.Close())
	}
	var ids []string
	run(func(s *server) {
		ids = append(ids, s.plan(fault.Spec{Skip: 1, Times: 2, Word: fault.Answer, Code: "SlowDown"}).ID)
		ids = append(ids, s.plan(fault.Spec{Word: fault.Stale, For: time.Minute, Operation: "HeadObject"}).ID)
		gone := s.plan(fault.Spec{Word: fault.Corrupt})
		require.NoError(s.tb, s.e.Faults().Remove(gone.ID))
		require.Equal(s.tb, 200, s.do("PUT", "/k", []byte("x")).status)
		require.Equal(s.tb, 503, s.do("PUT", "/k", []byte("x")).status)
	})
	run(func(s *server) {
		list := s.e.Faults().List("")
		require.Len(s.tb, list, 2)
		require.Equal(s.tb, ids[0], list[0].ID)
		require.Equal(s.tb, ids[1], list[1].ID)
		require.Equal(s.tb, []int64{2, 1}, []int64{list[0].Seen, list[0].Hits})
		require.Equal(s.tb, time.Minute, list[1].For)
		require.Equal(s.tb, 503, s.do("PUT", "/k", []byte("x")).status)
		require.Equal(s.tb, 200, s.do("PUT", "/k", []byte("x")).status)
		require.NoError(s.tb, s.e.Reset())
		require.Empty(s.tb, s.e.Faults().List(""))
	})
	run(func(s *server) { require.Empty(s.tb, s.e.Faults().List("")) })
}
