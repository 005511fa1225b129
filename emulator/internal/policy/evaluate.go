package policy

// Effect is the effect of a statement, and of a policy on a request.
type Effect int

const (
	// None means that no statement applies. Such a request is refused unless
	// something else allows it.
	None Effect = iota
	// Allow means that a statement allows it and none denies it.
	Allow
	// Deny means that a statement denies it, whatever the others say.
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

// Decision is the effect of a policy on a request.
type Decision struct {
	Effect Effect
	// Statement is the index of the statement that decided, the first of several.
	// With [None] it is the allowing statement that came closest; -1 when the
	// policy allows nothing at all.
	Statement int
	// Missing is what kept the closest statement from applying; nil unless the
	// effect is [None] and there is such a statement.
	Missing *Missing
}

// evaluation is a request with what matching needs of it, computed once.
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

// Evaluate judges a request. A statement that denies it decides, else one that
// allows it (CAM docs: 评估逻辑). The effect of a nil policy is [None].
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
		if prefix, ok := r.lookup(keyPrefix); ok && len(prefix) > 0 && prefix[0] != "" {
			e.listing = true
			e.list = r.Bucket + "/" + prefix[0]
			if p.short {
				e.shortList = name + e.list[len(r.Bucket):]
			}
		}
	}
	return e
}

// lists reports whether an action lists keys by a prefix (COS docs: 生效条件,
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
	return s.forAction(e) && s.forResource(e) && s.forCaller(e) && s.unmet(e) == nil
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

// unmet is the first condition that does not hold; nil when all do.
func (s *statement) unmet(e *evaluation) *condition {
	for i := range s.conditions {
		if !s.conditions[i].holds(e.request) {
			return &s.conditions[i]
		}
	}
	return nil
}
