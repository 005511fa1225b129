package call

import "github.com/cosemu/cosemu/storage"

// Past is what was there at an earlier time.
type Past interface {
	// List is a page of a listing, as that of the store.
	List(storage.ListOptions) (storage.ListPage, error)
	// Stat is an object. The error is one of the store.
	Stat(key string) (storage.Object, error)
}

// List is a page of the call's bucket.
func (env *Env) List(c *Call, o storage.ListOptions) (storage.ListPage, error) {
	if c.Past != nil {
		return c.Past.List(o)
	}
	return env.Store.List(c.Bucket.Name, o)
}
