package call

import (
	"bytes"
	"errors"
	"fmt"
	"sync"

	"github.com/cosemu/cosemu/emulator/internal/coserr"
	"github.com/cosemu/cosemu/storage"
)

// The configurations of a bucket: sub-resources, and names in the store.
const (
	ConfigCORS       = "cors"
	ConfigPolicy     = "policy"
	ConfigReferer    = "referer"
	ConfigTagging    = "tagging"
	ConfigLifecycle  = "lifecycle"
	ConfigStrict     = "strict-signature"
	ConfigAccelerate = "accelerate"
	ConfigTiering    = "intelligenttiering"
)

// Documents remembers what the configurations of buckets say, so that a document
// is taken apart once and not with every request. It goes by the document's
// bytes: one that has changed is never taken for the one before.
type Documents struct {
	mu   sync.RWMutex
	read map[configKey]parsedConfig
}

type configKey struct{ bucket, name string }

type parsedConfig struct {
	doc   []byte
	value any
}

// maxConfigs bounds what is remembered; past it, everything is forgotten.
const maxConfigs = 1000

func (s *Documents) get(key configKey, doc []byte) (value any, found bool) {
	s.mu.RLock()
	defer s.mu.RUnlock()
	have, found := s.read[key]
	return have.value, found && bytes.Equal(have.doc, doc)
}

func (s *Documents) put(key configKey, doc []byte, value any) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.read == nil || len(s.read) >= maxConfigs {
		s.read = make(map[configKey]parsedConfig)
	}
	s.read[key] = parsedConfig{doc: doc, value: value}
}

// ReadConfig returns what a bucket's configuration says; nil when it has none.
// What it returns is shared: it is not to be written to.
func ReadConfig[T any](env *Env, bucket, name string, parse func([]byte) (*T, *coserr.Error)) (*T, error) {
	doc, err := env.Store.Config(bucket, name)
	switch {
	case errors.Is(err, storage.ErrNoConfig), errors.Is(err, storage.ErrNoBucket):
		return nil, nil // gone since the bucket was looked up
	case err != nil:
		return nil, err
	}
	key := configKey{bucket, name}
	if value, found := env.Documents.get(key, doc); found {
		return value.(*T), nil
	}
	value, cerr := parse(doc)
	if cerr != nil {
		return nil, Unreadable(name, cerr)
	}
	env.Documents.put(key, doc, value)
	return value, nil
}

// Unreadable is a stored document that its own reader refuses, though it was
// judged when it was stored: a fault of this server.
func Unreadable(name string, cause *coserr.Error) error {
	return coserr.New(coserr.InternalError).WithCause(fmt.Errorf("reading the stored configuration %q: %w", name, cause))
}
