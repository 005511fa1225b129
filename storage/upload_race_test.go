package storage_test

import (
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/cosemu/cosemu/storage"
	"github.com/cosemu/cosemu/storage/internal/index"
	"github.com/cosemu/cosemu/storage/internal/memfs"
)

// scanHook is an index that does something right before a scan is opened.
type scanHook struct {
	index.Index
	before func()
}

func (h *scanHook) Scan(lower, upper []byte) (index.Cursor, error) {
	if do := h.before; do != nil {
		h.before = nil
		do()
	}
	return h.Index.Scan(lower, upper)
}

// TestPartsOfAnEndingUpload: an upload that ends between two look-ups is never
// taken for one without parts.
func TestPartsOfAnEndingUpload(t *testing.T) {
	ix, err := storage.MemoryIndex()
	require.NoError(t, err)
	hook := &scanHook{Index: ix}
	s, err := storage.New(memfs.New(nil), hook, storage.Options{})
	require.NoError(t, err)
	defer func() { require.NoError(t, s.Close()) }()
	require.NoError(t, s.CreateBucket(storage.Bucket{Name: "b"}))

	u := begin(t, s, "k")
	putPart(t, s, u, 1, content(10, 1))
	parts, err := s.Parts("b", "k", u.ID)
	require.NoError(t, err)
	require.Len(t, parts, 1, "the control")

	hook.before = func() { require.NoError(t, s.AbortUpload("b", "k", u.ID)) }
	_, err = s.Parts("b", "k", u.ID)
	require.ErrorIs(t, err, storage.ErrNoUpload)

	u = begin(t, s, "k")
	hook.before = func() { require.NoError(t, s.AbortUpload("b", "k", u.ID)) }
	_, err = s.ListParts("b", "k", u.ID, storage.PartOptions{Max: 10})
	require.ErrorIs(t, err, storage.ErrNoUpload)
}
