package cors

// Mode is what holds for pages of other origins where a bucket has no CORS
// configuration of its own.
type Mode string

// The modes.
const (
	// NoPage lets no page in, as the cloud does. It is the default.
	NoPage Mode = "none"
	// EveryPage lets every page do everything, see Permissive. It is for people who
	// want an upload page to work and have no CORS rule to test. A bucket that is
	// not there counts as one without a configuration, so the page sees the
	// NoSuchBucket.
	EveryPage Mode = "permissive"
)

// Valid tells whether there is such a mode; empty is the default.
func (m Mode) Valid() bool { return m == "" || m == NoPage || m == EveryPage }
