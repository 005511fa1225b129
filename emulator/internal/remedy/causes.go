package remedy

import (
	"bytes"
	"cmp"
	"encoding/json"
	"errors"
	"net/http"
	"slices"
	"strings"

	"github.com/cosemu/cosemu/emulator/internal/addr"
	"github.com/cosemu/cosemu/emulator/internal/api"
	"github.com/cosemu/cosemu/emulator/internal/call"
	"github.com/cosemu/cosemu/emulator/internal/cors"
	"github.com/cosemu/cosemu/emulator/internal/coserr"
	"github.com/cosemu/cosemu/emulator/internal/journal"
	"github.com/cosemu/cosemu/emulator/internal/policy"
	"github.com/cosemu/cosemu/signer"
	"github.com/cosemu/cosemu/signer/diagnose"
	"github.com/cosemu/cosemu/storage"
)

func has(e *journal.Entry, id diagnose.ID) bool { return slices.Contains(e.Diagnosis, string(id)) }

// realTime: the emulator's own clock is the cause. The account's clock is changed where it was set
// by itself, else the server's.
func (r *Remedies) realTime(e *journal.Entry) []remedy {
	if !has(e, diagnose.ClockMoved) || e.Claim == nil || e.Claim.CheckTime(r.emulator.Clock().Real()) != nil {
		return nil
	}
	a, err := r.emulator.Accounts().Get(e.Account)
	ofAccount := err == nil && a.Clock().Own()
	c := r.emulator.Clock()
	if ofAccount {
		c = a.Clock()
	}
	save := func() error {
		if ofAccount {
			return r.emulator.Accounts().Save(a)
		}
		return nil
	}
	return []remedy{{
		Offer: Offer{ID: RealTime, By: "DELETE /api/v1/clock", Title: diagnose.Text{En: "Return to the real time", Zh: "恢复真实时间"}},
		now:   true,
		apply: func() (undo, error) {
			was := c.Mark()
			c.Shift(0)
			set := c.Mark()
			return func(bool) error {
				if c.Mark() != set {
					return ErrChanged
				}
				c.Return(was)
				return save()
			}, save()
		},
	}}
}

// createBucket: there is no such bucket, and the key pair is of its account.
func (r *Remedies) createBucket(e *journal.Entry) []remedy {
	if e.Code != string(coserr.NoSuchBucket) || e.Claim == nil || addr.ValidBucket(e.Bucket) != nil {
		return nil
	}
	k, known := r.emulator.Keys().Get(e.Claim.SecretID)
	if _, err := r.emulator.Store().Bucket(e.Bucket); !known || k.AppID != addr.AppID(e.Bucket) || !errors.Is(err, storage.ErrNoBucket) {
		return nil
	}
	title := diagnose.Text{En: "Create the bucket {name}", Zh: "创建存储桶 {name}"}
	return []remedy{{
		Offer: Offer{ID: CreateBucket, By: "POST /api/v1/buckets", Title: title.With(diagnose.Values{Name: e.Bucket})},
		apply: func() (undo, error) {
			if err := r.emulator.CreateBucket(api.BucketConfig{Name: e.Bucket, Region: e.Region}); err != nil {
				return nil, err
			}
			return func(force bool) error {
				remove := r.emulator.DeleteBucket
				if force {
					remove = r.emulator.Store().DropBucket
				}
				switch err := remove(e.Bucket); {
				case errors.Is(err, storage.ErrBucketNotEmpty):
					return ErrNotEmpty
				case errors.Is(err, storage.ErrNoBucket):
					return ErrChanged
				default:
					return err
				}
			}, nil
		},
	}}
}

// setConfig is a remedy that stores a configuration of a bucket.
func (r *Remedies) setConfig(bucket, name string, doc []byte) func() (undo, error) {
	return func() (undo, error) {
		st := r.emulator.Store()
		was, err := st.Config(bucket, name)
		missing := errors.Is(err, storage.ErrNoConfig)
		if err != nil && !missing {
			return nil, err
		}
		if err := st.PutConfig(bucket, name, doc); err != nil {
			return nil, err
		}
		return func(bool) error {
			if now, err := st.Config(bucket, name); err != nil || !bytes.Equal(now, doc) {
				return ErrChanged
			}
			if missing {
				return st.DeleteConfig(bucket, name)
			}
			return st.PutConfig(bucket, name, was)
		}, nil
	}
}

// config returns a configuration of a bucket; nil: it has none, or there is no such bucket. ok is
// false for the latter.
func (r *Remedies) config(bucket, name string) (doc []byte, ok bool) {
	doc, err := r.emulator.Store().Config(bucket, name)
	return doc, err == nil || errors.Is(err, storage.ErrNoConfig)
}

// allowOrigin: no CORS rule fits a preflight. A further rule does, whatever the others are: the
// first one that fits decides.
func (r *Remedies) allowOrigin(e *journal.Entry) []remedy {
	if !has(e, diagnose.CORSNoRule) || e.Request.Method != http.MethodOptions {
		return nil
	}
	h := e.Request.Header
	origin := h.Get("Origin")
	doc, ok := r.config(e.Bucket, call.ConfigCORS)
	if !ok {
		return nil
	}
	rules := &cors.Rules{}
	if doc != nil {
		var cerr *coserr.Error
		if rules, cerr = cors.Parse(doc); cerr != nil {
			return nil
		}
	}
	rule := cors.Permissive().Rules[0]
	rule.AllowedOrigins = []string{origin}
	all := &cors.Rules{Rules: append(slices.Clone(rules.Rules), rule), ResponseVary: rules.ResponseVary}
	if all.Validate() != nil {
		return nil
	}
	if _, refused := all.Preflight(origin, h.Get("Access-Control-Request-Method"), strings.Join(h["Access-Control-Request-Headers"], ",")); refused != nil {
		return nil
	}
	text := all.AppendXML(nil)
	if len(text) > cors.MaxXML {
		return nil
	}
	title := diagnose.Text{En: "Allow pages of {name}", Zh: "允许来源 {name}"}
	return []remedy{{
		Offer: Offer{
			ID: AllowOrigin, By: "PUT Bucket cors", Title: title.With(diagnose.Values{Name: origin}),
			Document: string((&cors.Rules{Rules: []cors.Rule{rule}}).AppendXML(nil)),
		},
		apply: r.setConfig(e.Bucket, call.ConfigCORS, text),
	}}
}

// addStatement: a statement is missing in the policy of the bucket. One for a key's own policy has
// no principal.
func (r *Remedies) addStatement(e *journal.Entry) []remedy {
	if e.Finding == nil {
		return nil
	}
	for i := range e.Finding.Findings {
		f := &e.Finding.Findings[i]
		var statement map[string]json.RawMessage
		if f.ID != diagnose.PolicyDenied || json.Unmarshal([]byte(f.Suggestion), &statement) != nil || statement["principal"] == nil {
			continue
		}
		old, ok := r.config(e.Bucket, call.ConfigPolicy)
		doc, err := withStatement(old, f.Suggestion)
		if !ok || err != nil {
			return nil
		}
		if _, cerr := call.ParsePolicy(doc); cerr != nil || len(doc) > policy.MaxBucket {
			return nil
		}
		return []remedy{{
			Offer: Offer{
				ID: AddStatement, By: "PUT Bucket policy", Document: f.Suggestion,
				Title: diagnose.Text{En: "Add this statement to the bucket's policy", Zh: "把这条语句加进存储桶策略"},
			},
			apply: r.setConfig(e.Bucket, call.ConfigPolicy, doc),
		}}
	}
	return nil
}

// withStatement returns a policy with a further statement. Its other members stay as they are.
func withStatement(doc []byte, statement string) ([]byte, error) {
	members := map[string]json.RawMessage{"version": json.RawMessage(`"2.0"`)}
	name, list := "statement", []json.RawMessage{}
	if doc != nil {
		members = map[string]json.RawMessage{}
		if err := json.Unmarshal(bytes.TrimPrefix(doc, []byte("\ufeff")), &members); err != nil {
			return nil, err
		}
		for member := range members {
			if strings.EqualFold(member, name) {
				name = member
			}
		}
		if have := bytes.TrimSpace(members[name]); len(have) > 0 && have[0] == '{' {
			list = append(list, have)
		} else if err := json.Unmarshal([]byte(cmp.Or(string(have), "[]")), &list); err != nil {
			return nil, err
		}
	}
	all, err := json.Marshal(append(list, json.RawMessage(statement)))
	if err != nil {
		return nil, err
	}
	members[name] = all
	return json.Marshal(members)
}

// addAlias: the host of the request stands for no bucket, or the client signed as if it did.
func (r *Remedies) addAlias(e *journal.Entry) []remedy {
	host := e.Request.Host
	claim := e.Claim
	if claim == nil { // refused before anybody looked who asks
		claim, _ = signer.FindClaim(e.Request)
	}
	if !has(e, diagnose.PathBucket) && !has(e, diagnose.Host) || claim == nil || addr.IsCloudHost(host) || r.emulator.Resolver().HasAlias(host) {
		return nil
	}
	k, known := r.emulator.Keys().Get(claim.SecretID)
	buckets, err := r.emulator.Store().BucketsOf(k.AppID)
	if b, missing := r.emulator.Store().Bucket(e.Bucket); missing == nil { // signed without the bucket in the path
		buckets = []storage.Bucket{b}
	} else if claim.CheckTime(e.At) != nil || !signer.Verify(e.Request, claim, k.SecretKey, signer.VerifyOptions{}).OK {
		return nil // something else is wrong too
	}
	if !known || err != nil || len(buckets) > maxAliases {
		return nil
	}
	var list []remedy
	for i := range buckets {
		name := buckets[i].Name
		title := diagnose.Text{En: "Let {name} stand for the bucket {arrived}", Zh: "让 {name} 代表存储桶 {arrived}"}
		list = append(list, remedy{
			Offer: Offer{ID: AddAlias + ":" + name, By: "aliases, POST /api/v1/aliases", Title: title.With(diagnose.Values{Name: host, Arrived: name})},
			apply: func() (undo, error) {
				if err := r.emulator.Resolver().AddAlias(host, name); err != nil {
					return nil, err
				}
				return func(bool) error {
					if !r.emulator.Resolver().RemoveAlias(host, name) {
						return ErrChanged
					}
					return nil
				}, nil
			},
		})
	}
	return list
}

// maxAliases is how many buckets are offered for a host.
const maxAliases = 5

// accelerate: the bucket takes no requests at the acceleration host.
func (r *Remedies) accelerate(e *journal.Entry) []remedy {
	if e.Code != string(coserr.BucketAccelerateNotEnabled) {
		return nil
	}
	const doc = "<AccelerateConfiguration><Status>Enabled</Status></AccelerateConfiguration>"
	title := diagnose.Text{En: "Enable acceleration for {name}", Zh: "为 {name} 开启全球加速"}
	return []remedy{{
		Offer: Offer{ID: Accelerate, By: "PUT Bucket accelerate", Document: doc, Title: title.With(diagnose.Values{Name: e.Bucket})},
		apply: r.setConfig(e.Bucket, call.ConfigAccelerate, []byte(doc)),
	}}
}
