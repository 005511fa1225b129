package identity

import (
	"encoding/json"
	"errors"
	"fmt"
	"log/slog"
	"slices"
	"time"

	"github.com/cosemu/cosemu/emulator/internal/bilingual"
	"github.com/cosemu/cosemu/emulator/internal/identity/keyring"
	"github.com/cosemu/cosemu/emulator/internal/identity/sts"
	"github.com/cosemu/cosemu/emulator/internal/policy"
	"github.com/cosemu/cosemu/storage"
)

const (
	// keptKind is the kind of the store's documents that hold issued keys, and addedKind
	// that of those that hold key pairs which the control API added.
	keptKind  = "temporary-key"
	addedKind = "key-pair"
	// keptExpired is how long an expired key is kept: a request with it is told
	// from one with an unknown key (choice 273).
	keptExpired = 24 * time.Hour
)

// kept keeps issued and added keys in the store, so that they outlive a restart as
// objects do. A reset of the store removes them.
type kept struct {
	store *storage.Store
	log   *slog.Logger
}

// keptKey is a key as a document. The rights of an issued one are not in it: they are
// those of its parent or its role.
type keptKey struct {
	SecretID, SecretKey, Token   string
	AppID, OwnerUIN, UIN, Parent string
	Role, SessionName            string
	Expires                      time.Time
	Session                      []byte // the session policy as JSON; empty: there is none
	Rights                       []byte `json:",omitempty"` // likewise, of an added key
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
	kind := keptKind
	if k.Parent == "" {
		kind = addedKind
		if k.Rights != nil {
			doc.Rights = k.Rights.Document()
		}
	}
	data, err := json.Marshal(doc)
	if err != nil {
		return err
	}
	return s.store.PutDocument(kind, k.SecretID, data)
}

// Forget implements keyring.Keeper.
func (s kept) Forget(id string) {
	for _, kind := range []string{keptKind, addedKind} {
		if err := s.store.DeleteDocument(kind, id); err != nil {
			s.log.Error("a key that was removed stays in the data folder", "key", id, "error", err)
		}
	}
}

// loadAdded puts the keys that the control API added in an earlier run on the ring.
// One that the configuration names is what the configuration says (choice 737).
func (s kept) loadAdded(ring *keyring.Ring) error {
	docs, err := s.store.Documents(addedKind)
	if err != nil {
		return bilingual.Errorf("the key pairs of the data folder: %w", "数据目录里的密钥：%w", err)
	}
	for _, doc := range docs {
		if err := s.addAgain(ring, doc.Data); err != nil {
			s.log.Warn("a key pair of the data folder is left out", "key", doc.Name, "reason", err)
		}
	}
	return nil
}

func (s kept) addAgain(ring *keyring.Ring, data []byte) error {
	k, doc, err := readKept(data)
	if err != nil {
		return err
	}
	if _, taken := ring.Get(k.SecretID); taken {
		return errors.New("the configuration names it")
	}
	if doc.Rights != nil {
		if k.Rights, err = policy.Parse(doc.Rights, policy.Identity); err != nil {
			return err
		}
	}
	if _, err := keyring.Settle(append(ring.Account(k.AppID), k)); err != nil {
		return err
	}
	return ring.Add(k)
}

// load puts the keys that an earlier run issued on the ring. It removes those that
// expired long ago, and those whose parent or role is no longer configured.
func (s kept) load(ring *keyring.Ring, roles []sts.Role, now func(appID string) time.Time) error {
	docs, err := s.store.Documents(keptKind)
	if err != nil {
		return bilingual.Errorf("the temporary keys of the data folder: %w", "数据目录里的临时密钥：%w", err)
	}
	for _, doc := range docs {
		k, err := restore(doc.Data, ring, roles)
		if err == nil && (now(k.AppID).Sub(k.Expires) >= keptExpired || ring.IssuedOf(k.AppID) >= keyring.MaxIssued) {
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
	k, doc, err := readKept(data)
	if err != nil {
		return k, err
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

// readKept reads a document. The key lacks its policies.
func readKept(data []byte) (k keyring.Key, doc keptKey, err error) {
	if err := json.Unmarshal(data, &doc); err != nil {
		return k, doc, errors.New("it cannot be read") // not err, which quotes the document
	}
	return keyring.Key{
		SecretID: doc.SecretID, SecretKey: doc.SecretKey, Token: doc.Token, AppID: doc.AppID, OwnerUIN: doc.OwnerUIN,
		UIN: doc.UIN, Parent: doc.Parent, Role: doc.Role, SessionName: doc.SessionName, Expires: doc.Expires,
	}, doc, nil
}
