package policy

// Effect is what a statement says, and what a policy comes to.
type Effect int

const (
	// None means that no statement applies: what nobody allows is refused.
	None Effect = iota
	// Allow means that one allows it, and none denies it.
	Allow
	// Deny means that one denies it. No allowance helps against that.
	Deny
)

// String is the effect as policies write it; "none" for [None].
func (e Effect) String() string {
	switch e {
	case Allow:
		return "allow"
	case Deny:
		return "deny"
	}
	return "none"
}

// Values gives what conditions look at.
type Values interface {
	// Lookup gives the values of a condition's key, such as "cos:content-type",
	// decoded; ok is false when the request has none. An empty value is one.
	Lookup(key string) (values []string, ok bool)
}

// Request is what a policy is asked about.
type Request struct {
	// Action is the name of the operation alone, such as "PutObject".
	Action string
	// Region, AppID and OwnerUIN are those of the resource. An empty Region is
	// in every region; an empty AppID is what the bucket's name ends in; an
	// empty OwnerUIN means that the account is known by its APPID alone.
	Region, AppID, OwnerUIN string
	// Bucket is the whole name, "" for a call of the service. Key is the
	// object's key, decoded; "" for a call of the bucket.
	Bucket, Key string
	// Role makes it a request for a role of the account, and of no bucket; the
	// Action is [AssumeRole].
	Role *Role
	// Caller is who asks.
	Caller Caller
	// Values are what conditions look at; nil when there is nothing.
	Values Values
}

// lookup is that of the request's values, if it has any.
func (r *Request) lookup(key string) ([]string, bool) {
	if r.Values == nil {
		return nil, false
	}
	if values, ok := r.Values.Lookup(key); ok {
		return values, true
	}
	return nil, false
}

// Decision is what a policy says to a request.
type Decision struct {
	Effect Effect
	// Statement is the one that decided, from 0: of several that allow, the
	// first; of several that deny, the first. With [None] it is the allowing
	// one that came closest; -1 when the policy allows nothing at all.
	Statement int
	// Missing is what kept that closest one from applying; nil unless the
	// effect is [None] and there is one.
	Missing *Missing
}

// evaluation is a request with what matching needs of it, put together once.
type evaluation struct {
	request      *Request
	bucketPolicy bool
	appID        string
	ownerUIN     string
	// name is "<bucket>-<appid>/<key>" and short the same without the APPID.
	name, short string
	// listing means that the request lists keys with a prefix: list and
	// shortList have it in the key's place.
	listing         bool
	list, shortList string
}

// Evaluate judges a request: a statement that denies it decides, else one that
// allows it (CAM docs: 评估逻辑). A nil policy says nothing.
func (p *Policy) Evaluate(r *Request) Decision {
	if p == nil {
		return Decision{Statement: -1}
	}
	e := p.prepare(r)
	allowed := -1
	for i := range p.statements {
		s := &p.statements[i]
		if s.effect == Allow && allowed >= 0 || !s.applies(&e) {
			continue
		}
		if s.effect == Deny {
			return Decision{Effect: Deny, Statement: i}
		}
		allowed = i
	}
	if allowed >= 0 {
		return Decision{Effect: Allow, Statement: allowed}
	}
	return p.closest(&e)
}

func (p *Policy) prepare(r *Request) evaluation {
	e := evaluation{request: r, bucketPolicy: p.where == Bucket, appID: r.AppID, ownerUIN: r.OwnerUIN}
	name, id := splitBucket(r.Bucket)
	if e.appID == "" {
		e.appID = id
	}
	if e.ownerUIN == "" {
		e.ownerUIN = e.appID
	}
	if r.Bucket == "" {
		return e
	}
	e.name = r.Bucket + "/" + r.Key
	if p.short {
		e.short = name + e.name[len(r.Bucket):]
	}
	// A prefix may stand in the resource of what lists keys: policies made by
	// SDKs have it there (choice 255).
	if r.Key == "" && lists(r.Action) {
		if prefix, ok := r.lookup(KeyPrefix); ok && len(prefix) > 0 && prefix[0] != "" {
			e.listing = true
			e.list = r.Bucket + "/" + prefix[0]
			if p.short {
				e.shortList = name + e.list[len(r.Bucket):]
			}
		}
	}
	return e
}

// lists tells whether an action lists keys by a prefix (COS docs: 生效条件,
// cos:prefix).
func lists(action string) bool {
	switch action {
	case "GetBucket", "GetBucketObjectVersions", "ListMultipartUploads":
		return true
	}
	return false
}

// splitBucket parts a bucket's name from its APPID.
func splitBucket(bucket string) (name, appID string) {
	for i := len(bucket) - 1; i >= 0; i-- {
		if bucket[i] == '-' {
			return bucket[:i], bucket[i+1:]
		}
	}
	return bucket, ""
}

func (s *statement) applies(e *evaluation) bool {
	return s.forAction(e) && s.forResource(e) && s.forCaller(e) && s.failed(e) == nil
}

func (s *statement) forAction(e *evaluation) bool {
	for i := range s.actions {
		if s.actions[i].match(e.request) {
			return true
		}
	}
	return false
}

func (s *statement) forResource(e *evaluation) bool {
	for i := range s.resources {
		if s.resources[i].match(e) {
			return true
		}
	}
	return false
}

func (s *statement) forCaller(e *evaluation) bool {
	if s.everyone {
		return true
	}
	for i := range s.principals {
		if s.principals[i].match(&e.request.Caller, s.effect) {
			return true
		}
	}
	return false
}

// failed is the first condition that does not hold; nil when all do.
func (s *statement) failed(e *evaluation) *condition {
	for i := range s.conditions {
		if !s.conditions[i].holds(e.request) {
			return &s.conditions[i]
		}
	}
	return nil
}
