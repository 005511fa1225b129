package storage

import "errors"

// Watcher is told of a change to an object before it takes place: the bucket, the key,
// and the object as it is; nil where there is none. It may be told of changes that
// then fail. It must not call the store, and the key is locked meanwhile.
type Watcher func(bucket, key string, before *Object)

// Watch tells w of all changes to objects from now on; nil ends it. There is one
// watcher at most. It is not told of Reset, nor of the removal of a bucket with all
// that is in it.
func (s objects) Watch(w Watcher) {
	if w == nil {
		s.watcher.Store(nil)
		return
	}
	s.watcher.Store(&w)
}

// changing tells the watcher, if there is one. The caller holds the lock of the key.
func (s objects) changing(bucket, key string) error {
	w := s.watcher.Load()
	if w == nil {
		return nil
	}
	m := s.scratch.Get().(*scratch)
	defer s.scratch.Put(m)
	o, err := s.lookup(m, bucket, key, "")
	switch {
	case errors.Is(err, ErrNoObject):
		(*w)(bucket, key, nil)
		return nil
	case err != nil:
		return err
	}
	(*w)(bucket, key, &o)
	return nil
}
