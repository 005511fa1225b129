package api

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
	// issuedKind is the kind of the store's documents that hold issued keys.
	issuedKind = "temporary-key"
	// issuedMemory is how long an expired key is remembered across restarts, so
	// that its use is still told from that of an unknown one (choice 273).
	issuedMemory = 24 * time.Hour
)

// issuedKeys keeps issued keys in the store, so that tokens outlive a restart
// as the objects do. A reset of the store clears them.
type issuedKeys struct {
	store *storage.Store
	log   *slog.Logger
}

// keptKey is an issued key as a document. Its rights are those of its parent or
// role, and are found there again.
type keptKey struct {
	SecretID, SecretKey, Token   string
	AppID, OwnerUIN, UIN, Parent string
	Role, SessionName            string
	Expires                      time.Time
	Session                      []byte // the policy's document; none: not cut down
}

// Keep implements keyring.Keeper.
func (s issuedKeys) Keep(k keyring.Key) error {
	kept := keptKey{
		SecretID: k.SecretID, SecretKey: k.SecretKey, Token: k.Token, AppID: k.AppID, OwnerUIN: k.OwnerUIN, UIN: k.UIN,
		Parent: k.Parent, Role: k.Role, SessionName: k.SessionName, Expires: k.Expires,
	}
	if k.Session != nil {
		kept.Session = k.Session.Document()
	}
	doc, err := json.Marshal(kept)
	if err != nil {
		return err
	}
	return s.store.PutDocument(issuedKind, k.SecretID, doc)
}

// Forget implements keyring.Keeper.
func (s issuedKeys) Forget(id string) {
	if err := s.store.DeleteDocument(issuedKind, id); err != nil {
		s.log.Error("a temporary key that is over stays in the data folder", "key", id, "error", err)
	}
}

// load puts what an earlier run issued on the ring, and drops what is of no use
// any more: long expired, or without its parent or its role.
func (s issuedKeys) load(ring *keyring.Ring, roles []sts.Role, now time.Time) error {
	docs, err := s.store.Documents(issuedKind)
	if err != nil {
		return fmt.Errorf("the temporary keys of the data folder: %w", err)
	}
	for _, doc := range docs {
		k, err := restore(doc.Data, ring, roles)
		if err == nil && (now.Sub(k.Expires) >= issuedMemory || ring.Issued() >= keyring.MaxIssued) {
			err = errOver
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
	errOver   = fmt.Errorf("it expired more than %s ago", issuedMemory)
	errOrphan = errors.New("its parent or its role is not configured any more")
)

// restore reads a document, and finds the key's rights.
func restore(doc []byte, ring *keyring.Ring, roles []sts.Role) (keyring.Key, error) {
	var kept keptKey
	if err := json.Unmarshal(doc, &kept); err != nil {
		return keyring.Key{}, errors.New("it cannot be read") // the cause quotes it
	}
	k := keyring.Key{
		SecretID: kept.SecretID, SecretKey: kept.SecretKey, Token: kept.Token, AppID: kept.AppID, OwnerUIN: kept.OwnerUIN,
		UIN: kept.UIN, Parent: kept.Parent, Role: kept.Role, SessionName: kept.SessionName, Expires: kept.Expires,
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
	if kept.Session != nil {
		session, err := policy.Parse(kept.Session, policy.Session)
		if err != nil {
			return k, err
		}
		k.Session = session
	}
	return k, nil
}
