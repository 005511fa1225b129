package policy

// Values gives what conditions look at.
type Values interface {
	// Lookup gives the values of a condition's key, such as "cos:content-type",
	// decoded; ok is false when the request has none. An empty value is one.
	Lookup(key string) (values []string, ok bool)
}

// Request is what a policy judges.
type Request struct {
	// Action is the name of the operation alone, such as "PutObject".
	Action string
	// Region, AppID and OwnerUIN are those of the resource. An empty Region
	// matches every region. An empty AppID is that of the bucket's name, and an
	// empty OwnerUIN is the APPID.
	Region, AppID, OwnerUIN string
	// Bucket is the whole name, "" for a call of the service. Key is the
	// object's key, decoded; "" for a call of the bucket.
	Bucket, Key string
	// Role, when set, is the role that the caller wants to assume: the Action is
	// [AssumeRole], and there is no bucket.
	Role   *Role
	Caller Caller
	// Values are what conditions look at; nil: the request has none.
	Values Values
}

// lookup gives the values of a key, if the request has any.
func (r *Request) lookup(key string) ([]string, bool) {
	if r.Values == nil {
		return nil, false
	}
	if values, ok := r.Values.Lookup(key); ok {
		return values, true
	}
	return nil, false
}

// AssumeRole is the action of a request for a role (CAM docs:
// 为子账号赋予扮演角色策略).
const AssumeRole = "AssumeRole"

// Role is a role of the account that a [Request] names by its OwnerUIN. Its
// resource is qcs::cam::uin/<owner>:roleName/<name>, or …:role/<id>.
type Role struct{ Name, ID string }

// Caller is who sent a request.
type Caller struct {
	// Anonymous means that the request is not signed. The rest is empty then.
	Anonymous bool
	// AppID is the caller's account and OwnerUIN its uin; "": it is the APPID.
	// UIN is the user's own uin; "": the account itself.
	AppID, OwnerUIN, UIN string
	// Role and RoleID are the name and the id of the role that the caller has
	// assumed. Such a caller is no user.
	Role, RoleID string
	// Federated is the Name of GetFederationToken. UIN is the user who called it.
	Federated string
}

// account is the uin of the caller's account.
func (c *Caller) account() string {
	if c.OwnerUIN != "" {
		return c.OwnerUIN
	}
	return c.AppID
}

// user is the caller's own uin; "" for a role.
func (c *Caller) user() string {
	switch {
	case c.Role != "" || c.RoleID != "":
		return ""
	case c.UIN != "":
		return c.UIN
	}
	return c.account()
}

// Name is the caller as a principal names it.
func (c *Caller) Name() string {
	switch head := "qcs::cam::uin/" + c.account() + ":"; {
	case c.Anonymous:
		return "qcs::cam::anonymous:anonymous"
	case c.Role != "":
		return head + "roleName/" + c.Role
	case c.RoleID != "":
		return head + "role/" + c.RoleID
	default:
		return head + "uin/" + c.user()
	}
}
