package identity

import (
	"encoding/json"
	"errors"
	"fmt"
	"log/slog"
	"slices"
	"time"

	"github.com/cosemu/cosemu/emulator/internal/identity/keyring"
	"github.com/cosemu/cosemu/emulator/internal/identity/sts"
	"github.com/cosemu/cosemu/emulator/internal/policy"
	"github.com/cosemu/cosemu/storage"
)

const (
	// keptKind is the kind of the store's documents that hold issued keys.
	keptKind = "temporary-key"
	// keptExpired is how long an expired key is kept: a request with it is told
	// from one with an unknown key (choice 273).
	keptExpired = 24 * time.Hour
)

// kept keeps issued keys in the store, so that they outlive a restart as objects
// do. A reset of the store removes them.
type kept struct {
	store *storage.Store
	log   *slog.Logger
}

// keptKey is an issued key as a document. Its rights are not in it: they are those
// of its parent or its role.
type keptKey struct {
	SecretID, SecretKey, Token   string
	AppID, OwnerUIN, UIN, Parent string
	Role, SessionName            string
	Expires                      time.Time
	Session                      []byte // the session policy as JSON; empty: there is none
}

// Keep implements keyring.Keeper.
func (s kept) Keep(k keyring.Key) error {
	doc := keptKey{
		SecretID: k.SecretID, SecretKey: k.SecretKey, Token: k.Token, AppID: k.AppID, OwnerUIN: k.OwnerUIN, UIN: k.UIN,
		Parent: k.Parent, Role: k.Role, SessionName: k.SessionName, Expires: k.Expires,
	}
	if k.Session != nil {
		doc.Session = k.Session.Document()
	}
	data, err := json.Marshal(doc)
	if err != nil {
		return err
	}
	return s.store.PutDocument(keptKind, k.SecretID, data)
}

// Forget implements keyring.Keeper.
func (s kept) Forget(id string) {
	if err := s.store.DeleteDocument(keptKind, id); err != nil {
		s.log.Error("an expired temporary key stays in the data folder", "key", id, "error", err)
	}
}

// load puts the keys that an earlier run issued on the ring. It removes those that
// expired long ago, and those whose parent or role is no longer configured.
func (s kept) load(ring *keyring.Ring, roles []sts.Role, now func(appID string) time.Time) error {
	docs, err := s.store.Documents(keptKind)
	if err != nil {
		return fmt.Errorf("the temporary keys of the data folder: %w", err)
	}
	for _, doc := range docs {
		k, err := restore(doc.Data, ring, roles)
		if err == nil && (now(k.AppID).Sub(k.Expires) >= keptExpired || ring.Issued() >= keyring.MaxIssued) {
			err = errExpired
		}
		if err == nil {
			err = ring.Add(k)
		}
		if err != nil {
			s.log.Debug("a temporary key of the data folder is dropped", "key", doc.Name, "reason", err)
			s.Forget(doc.Name)
		}
	}
	return nil
}

var (
	errExpired = fmt.Errorf("it expired more than %s ago", keptExpired)
	errOrphan  = errors.New("its parent or its role is not configured any more")
)

// restore reads a document and finds the key's rights.
func restore(data []byte, ring *keyring.Ring, roles []sts.Role) (keyring.Key, error) {
	var doc keptKey
	if err := json.Unmarshal(data, &doc); err != nil {
		return keyring.Key{}, errors.New("it cannot be read") // not err, which quotes the document
	}
	k := keyring.Key{
		SecretID: doc.SecretID, SecretKey: doc.SecretKey, Token: doc.Token, AppID: doc.AppID, OwnerUIN: doc.OwnerUIN,
		UIN: doc.UIN, Parent: doc.Parent, Role: doc.Role, SessionName: doc.SessionName, Expires: doc.Expires,
	}
	parent, ok := ring.Get(k.Parent)
	if !ok {
		return k, errOrphan
	}
	k.Rights = parent.Rights
	if k.Role != "" {
		at := slices.IndexFunc(roles, func(r sts.Role) bool { return r.ID == k.Role && r.AppID == k.AppID })
		if at < 0 {
			return k, errOrphan
		}
		k.Rights = roles[at].Rights
	}
	if doc.Session != nil {
		session, err := policy.Parse(doc.Session, policy.Session)
		if err != nil {
			return k, err
		}
		k.Session = session
	}
	return k, nil
}
