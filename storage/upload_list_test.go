package storage_test

import (
	"fmt"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/cosemu/cosemu/storage"
)

func TestListParts(t *testing.T) {
	each(t, func(t *testing.T, s *storage.Store) {
		u := begin(t, s, "k")
		want := []int{1, 2, 9, 10, 255, 256, 257, 9_999, 10_000}
		for _, n := range want {
			putPart(t, s, u, n, content(n%100, 1))
		}
		// Another upload's parts are not among them, wherever its ID sorts.
		for range 5 {
			putPart(t, s, begin(t, s, "k"), 5, nil)
		}
		for size := 1; size <= len(want)+1; size++ {
			var got []int
			for after := 0; ; {
				page, err := s.ListParts("b", "k", u.ID, storage.PartOptions{After: after, Max: size})
				require.NoError(t, err)
				for _, p := range page.Parts {
					got = append(got, p.Number)
					require.Equal(t, int64(p.Number%100), p.Size)
					require.Nil(t, p.Segments)
				}
				if !page.Truncated {
					break
				}
				require.Len(t, page.Parts, size)
				after = got[len(got)-1]
			}
			require.Equal(t, want, got, size)
		}
		for after, left := range map[int]int{-5: 9, 2: 7, 3: 7, 10_000: 0, 70_000: 0} {
			page, err := s.ListParts("b", "k", u.ID, storage.PartOptions{After: after, Max: 100})
			require.NoError(t, err)
			require.Len(t, page.Parts, left, after)
			require.False(t, page.Truncated)
		}
		page, err := s.ListParts("b", "k", u.ID, storage.PartOptions{})
		require.NoError(t, err)
		require.Equal(t, storage.PartPage{}, page)
	})
}

// entries are the lines of a listing of uploads: a key with the place of the
// upload among those of that key, or a common prefix.
func entries(page storage.UploadPage, ids map[string]string) []string {
	var out []string
	for _, u := range page.Uploads {
		out = append(out, u.Key+" "+ids[u.ID])
	}
	out = append(out, page.Prefixes...)
	slices.Sort(out)
	return out
}

func TestListUploads(t *testing.T) {
	each(t, func(t *testing.T, s *storage.Store) {
		require.NoError(t, s.CreateBucket(storage.Bucket{Name: "b2"}))
		_, err := s.CreateUpload("b2", storage.Upload{Object: storage.Object{Key: "other"}})
		require.NoError(t, err)
		names := []string{"a", "a/1", "a/2", "a/2/x", "a\x00", "ab", "b", "中/文", "\xff"}
		ids := map[string]string{}
		byKey := map[string][]string{}
		for _, name := range names {
			for range 3 {
				u := begin(t, s, name)
				byKey[name] = append(byKey[name], u.ID)
			}
			slices.Sort(byKey[name])
			for i, id := range byKey[name] {
				ids[id] = fmt.Sprint(i)
			}
		}
		all := func(names ...string) (out []string) {
			for _, n := range names {
				out = append(out, n+" 0", n+" 1", n+" 2")
			}
			return out
		}
		for _, c := range []struct {
			name string
			o    storage.UploadOptions
			want []string
		}{
			{"all", storage.UploadOptions{}, all(names...)},
			{"prefix", storage.UploadOptions{Prefix: "a/"}, all("a/1", "a/2", "a/2/x")},
			{"whole key as prefix", storage.UploadOptions{Prefix: "a"}, all("a", "a/1", "a/2", "a/2/x", "a\x00", "ab")},
			{"prefix with NUL", storage.UploadOptions{Prefix: "a\x00"}, all("a\x00")},
			{"prefix of nothing", storage.UploadOptions{Prefix: "c"}, nil},
			{"delimiter", storage.UploadOptions{Delimiter: "/"}, append(all("a", "a\x00", "ab", "b", "\xff"), "a/", "中/")},
			{"prefix and delimiter", storage.UploadOptions{Prefix: "a/", Delimiter: "/"}, append(all("a/1", "a/2"), "a/2/")},
			{"key marker", storage.UploadOptions{KeyMarker: "a/2"}, all("a/2/x", "ab", "b", "中/文", "\xff")},
			{"key marker that is none", storage.UploadOptions{KeyMarker: "a/20"}, all("ab", "b", "中/文", "\xff")},
			{"both markers", storage.UploadOptions{KeyMarker: "b", IDMarker: byKey["b"][1]}, append(all("中/文", "\xff"), "b 2")},
			{"ID marker of another", storage.UploadOptions{KeyMarker: "b", IDMarker: "0"}, all("b", "中/文", "\xff")},
			{"ID marker alone", storage.UploadOptions{IDMarker: byKey["b"][1]}, all(names...)},
			{"marker at a prefix", storage.UploadOptions{KeyMarker: "a/", Delimiter: "/"}, append(all("ab", "b", "\xff"), "中/")},
			{"marker within a prefix", storage.UploadOptions{KeyMarker: "a/1", IDMarker: "0", Delimiter: "/"}, append(all("ab", "b", "\xff"), "中/")},
			{"marker before the prefix", storage.UploadOptions{Prefix: "b", KeyMarker: "a"}, all("b")},
			{"marker after the prefix", storage.UploadOptions{Prefix: "a/", KeyMarker: "b"}, nil},
			{"marker is the prefix", storage.UploadOptions{Prefix: "a", KeyMarker: "a"}, all("a/1", "a/2", "a/2/x", "a\x00", "ab")},
		} {
			slices.Sort(c.want)
			for _, size := range []int{1, 2, 3, 4, 7, 1000} {
				o := c.o
				o.Max = size
				var got []string
				for {
					page, err := s.ListUploads("b", o)
					require.NoError(t, err)
					got = append(got, entries(page, ids)...)
					if !page.Truncated {
						require.Empty(t, page.NextKeyMarker)
						break
					}
					require.Len(t, entries(page, ids), size)
					o.KeyMarker, o.IDMarker = page.NextKeyMarker, page.NextIDMarker
				}
				slices.Sort(got)
				require.Equal(t, c.want, got, "%s, %d a page", c.name, size)
			}
		}
		page, err := s.ListUploads("b", storage.UploadOptions{})
		require.NoError(t, err)
		require.Equal(t, storage.UploadPage{}, page)
		_, err = s.ListUploads("x", storage.UploadOptions{Max: 1})
		require.ErrorIs(t, err, storage.ErrNoBucket)
	})
}

// TestListUploadsOrder: by key, then by age.
func TestListUploadsOrder(t *testing.T) {
	each(t, func(t *testing.T, s *storage.Store) {
		for _, second := range []int64{1_770_000_002, 1_770_000_001, 1_770_000_003} {
			for _, key := range []string{"b", "a"} {
				u := storage.Upload{Object: storage.Object{Key: key, Modified: time.Unix(second, 0), StorageClass: "ARCHIVE"}, Initiator: "i"}
				_, err := s.CreateUpload("b", u)
				require.NoError(t, err)
			}
		}
		page, err := s.ListUploads("b", storage.UploadOptions{Max: 100})
		require.NoError(t, err)
		var got []string
		for _, u := range page.Uploads {
			require.Equal(t, "ARCHIVE", u.StorageClass)
			require.Equal(t, "i", u.Initiator)
			require.Equal(t, fmt.Sprint(u.Modified.Unix()), u.ID[:10])
			got = append(got, u.Key+u.ID[9:10])
		}
		require.Equal(t, "a1 a2 a3 b1 b2 b3", strings.Join(got, " "))
	})
}
