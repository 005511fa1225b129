package storage_test

import (
	"errors"
	"fmt"
	"math/rand/v2"
	"slices"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/cosemu/cosemu/storage"
)

// modelRun does the same to a store and to a model, and compares.
type modelRun struct {
	t    *testing.T
	s    *storage.Store
	m    *model
	rnd  *rand.Rand
	now  time.Time
	body byte
	ids  []string // all ever given
}

// TestModel does random things to a store and to a naive model of it, and finds
// no difference between them.
func TestModel(t *testing.T) {
	for seed := range uint64(4) {
		each(t, func(t *testing.T, s *storage.Store) {
			r := &modelRun{
				t: t, s: s, m: newModel(), rnd: rand.New(rand.NewPCG(seed, 77)), now: begun(),
			}
			for step := range 400 {
				r.step()
				if step%8 == 0 {
					r.compare()
				}
			}
			r.compare()
			require.NoError(t, storage.Check(s))
			require.Greater(t, len(r.ids), 10)
		})
	}
}

// TestModelOverRestarts does so with a store that is closed and opened.
func TestModelOverRestarts(t *testing.T) {
	dir := t.TempDir()
	r := &modelRun{t: t, m: newModel(), rnd: rand.New(rand.NewPCG(3, 78)), now: begun()}
	for round := range 8 {
		r.s = reopen(t, dir)
		if round == 0 {
			require.NoError(t, r.s.CreateBucket(storage.Bucket{Name: "b"}))
		}
		r.compare()
		for range 60 {
			r.step()
		}
		r.compare()
		require.NoError(t, storage.Check(r.s))
		require.NoError(t, r.s.Close())
	}
}

// key is one of a few, so that things meet; some are prefixes of others.
func (r *modelRun) key() string {
	all := []string{"a", "a\x00", "a/b", "a/b/c", "a/c", "b", "b/", "\xff"}
	return all[r.rnd.IntN(len(all))]
}

// tick moves the clock: on, not at all, or back.
func (r *modelRun) tick() time.Time {
	r.now = r.now.Add(time.Duration(r.rnd.IntN(5)-1) * time.Second * time.Duration(r.rnd.IntN(2)))
	return r.now
}

// someBody is a new body, of a size that is a row or a file.
func (r *modelRun) someBody() []byte {
	r.body++
	return content([]int{0, 3, 90, 200, 5000}[r.rnd.IntN(5)], r.body)
}

// someID is a version of the key, or none of it.
func (r *modelRun) someID(key string) string {
	if all := r.m.keys[key]; len(all) > 0 && r.rnd.IntN(6) > 0 {
		return all[r.rnd.IntN(len(all))].id
	}
	for _, id := range slices.Backward(r.ids) {
		if _, found := r.m.find(key, id); !found {
			return id
		}
	}
	return "null"
}

func (r *modelRun) step() {
	key := r.key()
	switch n := r.rnd.IntN(100); {
	case n < 30:
		r.put(key)
	case n < 38:
		r.complete(key)
	case n < 55:
		r.append(key)
	case n < 68:
		r.delete(key)
	case n < 85:
		r.deleteVersion(key, r.someID(key))
	case n < 95:
		r.update(key)
	case n < 97:
		v := storage.VersioningEnabled
		if r.rnd.IntN(3) == 0 {
			v = storage.VersioningSuspended
		}
		require.NoError(r.t, r.s.SetVersioning("b", v))
		r.m.versioning = v
	default:
		name := fmt.Sprint(r.rnd.IntN(3))
		if r.rnd.IntN(3) == 0 {
			require.NoError(r.t, r.s.DeleteDocument("kind", name))
			delete(r.m.documents, name)
			return
		}
		r.m.documents[name] = string(r.someBody())
		require.NoError(r.t, r.s.PutDocument("kind", name, []byte(r.m.documents[name])))
	}
}

// added notes what the store made of a new version.
func (r *modelRun) added(key string, o storage.Object, body []byte, appendable bool) {
	id := o.VersionID
	switch r.m.versioning {
	case storage.VersioningNever:
		require.Empty(r.t, id)
		id = "null"
	case storage.VersioningSuspended:
		require.Equal(r.t, "null", id)
	default:
		r.fresh(id)
	}
	require.Equal(r.t, int64(len(body)), o.Size)
	r.m.add(key, modelVersion{id: id, body: string(body), appendable: appendable})
}

// fresh notes an id, which must be a new one.
func (r *modelRun) fresh(id string) {
	require.Positive(r.t, number(r.t, id))
	require.NotContains(r.t, r.ids, id)
	r.ids = append(r.ids, id)
}

func (r *modelRun) put(key string) {
	body := r.someBody()
	c := storage.CommitOptions{IfAbsent: r.rnd.IntN(4) == 0}
	o, err := stage(r.t, r.s, body, -1).Commit("b", storage.Object{Key: key, Modified: r.tick()}, c)
	if _, found := r.m.current(key); found && c.IfAbsent {
		require.ErrorIs(r.t, err, storage.ErrObjectExists)
		return
	}
	require.NoError(r.t, err)
	r.added(key, o, body, false)
}

func (r *modelRun) complete(key string) {
	u := begin(r.t, r.s, key)
	one, two := r.someBody(), r.someBody()
	putPart(r.t, r.s, u, 1, one)
	putPart(r.t, r.s, u, 2, two)
	parts, err := r.s.Parts("b", key, u.ID)
	require.NoError(r.t, err)
	o, err := r.s.CompleteUpload("b", key, u.ID, parts, storage.Object{Modified: r.tick()}, storage.CommitOptions{})
	require.NoError(r.t, err)
	r.added(key, o, slices.Concat(one, two), false)
}

func (r *modelRun) append(key string) {
	old, found := r.m.current(key)
	at := int64(len(old.body))
	if r.rnd.IntN(5) == 0 {
		at++
	}
	body := r.someBody()
	o, err := stage(r.t, r.s, body, -1).Append("b", key, at, func(was *storage.Object) (storage.Object, error) {
		require.Equal(r.t, found, was != nil)
		if !found {
			return storage.Object{Modified: r.tick()}, nil
		}
		require.Equal(r.t, int64(len(old.body)), was.Size)
		return *was, nil
	})
	var position *storage.PositionError
	switch {
	case r.m.versioning == storage.VersioningEnabled, found && (!old.appendable || old.id != "null"):
		require.ErrorIs(r.t, err, storage.ErrNotAppendable)
	case at != int64(len(old.body)):
		require.ErrorAs(r.t, err, &position)
		require.Equal(r.t, int64(len(old.body)), position.Length)
	case !found:
		require.NoError(r.t, err)
		r.added(key, o, body, true)
	default:
		require.NoError(r.t, err)
		r.m.keys[key][0].body += string(body)
		require.Equal(r.t, int64(len(r.m.keys[key][0].body)), o.Size)
	}
}

func (r *modelRun) delete(key string) {
	d, err := r.s.Delete("b", key, r.tick())
	require.NoError(r.t, err)
	want := storage.Deleted{Created: true, VersionID: d.VersionID}
	switch r.m.versioning {
	case storage.VersioningNever:
		require.Zero(r.t, d)
		r.m.remove(key, "null")
		return
	case storage.VersioningSuspended:
		want.VersionID = "null"
	default:
		r.fresh(d.VersionID)
	}
	require.Equal(r.t, want, d)
	r.m.add(key, modelVersion{id: d.VersionID, marker: true})
}

func (r *modelRun) deleteVersion(key, id string) {
	d, err := r.s.DeleteVersion("b", key, id)
	require.NoError(r.t, err)
	if v, found := r.m.remove(key, id); found {
		require.Equal(r.t, storage.Deleted{VersionID: id, Marker: v.marker}, d)
		return
	}
	require.Zero(r.t, d)
}

func (r *modelRun) update(key string) {
	id := r.someID(key)
	if r.rnd.IntN(3) == 0 {
		id = ""
	}
	acl := fmt.Sprint("acl ", r.rnd.IntN(1000))
	_, err := r.s.Update("b", key, id, func(o *storage.Object) error { o.ACL = acl; return nil })
	v, found := r.m.find(key, id)
	switch {
	case !found || v.marker:
		require.ErrorIs(r.t, err, refusal(id, found))
		return
	default:
		require.NoError(r.t, err)
	}
	for i := range r.m.keys[key] {
		if r.m.keys[key][i].id == v.id {
			r.m.keys[key][i].acl = acl
		}
	}
}

// refusal is the error for a version that is not there, or is a delete marker.
func refusal(id string, found bool) error {
	switch {
	case id == "":
		return storage.ErrNoObject
	case found:
		return storage.ErrDeleteMarker
	}
	return storage.ErrNoVersion
}

// compare reads all that there is in as many ways as there are.
func (r *modelRun) compare() {
	for _, key := range []string{r.key(), r.key()} {
		for _, id := range []string{"", r.someID(key)} {
			r.compareVersion(key, id)
		}
	}
	docs, err := r.s.Documents("kind")
	require.NoError(r.t, err)
	got := map[string]string{}
	for _, d := range docs {
		got[d.Name] = string(d.Data)
	}
	require.Equal(r.t, r.m.documents, got)
	r.compareListings()
}

func (r *modelRun) compareVersion(key, id string) {
	v, found := r.m.find(key, id)
	rd, err := r.s.OpenVersion("b", key, id)
	if !found || v.marker {
		require.ErrorIs(r.t, err, refusal(id, found))
		var m *storage.MarkerError
		require.Equal(r.t, found, errors.As(err, &m))
		if found {
			require.Equal(r.t, v.id, m.VersionID)
		}
		return
	}
	require.NoError(r.t, err)
	require.NoError(r.t, rd.Close())
	require.Equal(r.t, r.m.shown(v.id), rd.VersionID)
	require.Equal(r.t, v.acl, rd.ACL)
	require.Equal(r.t, v.appendable, rd.Appendable)
	require.Equal(r.t, v.body, string(readVersion(r.t, r.s, key, id)))
}
