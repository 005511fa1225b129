package control

import (
	"context"
	"errors"
	"net/http"
	"net/url"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/cosemu/cosemu/emulator/internal/account"
	"github.com/cosemu/cosemu/emulator/internal/addr"
	"github.com/cosemu/cosemu/emulator/internal/clock"
	"github.com/cosemu/cosemu/storage"
	"github.com/danielgtaylor/huma/v2"
)

// accountCalls make, list and remove accounts.
type accountCalls struct{ *shared }

// AccountInput is the parameter of a call about one account. It is exported because huma ignores
// embedded structs that are not.
type AccountInput struct {
	Account string `query:"account" pattern:"^[0-9]*$" maxLength:"20" example:"1250000001" doc:"The APPID of an account, to which the call is limited. Default: the whole server."`
}

// AccountInfo is an account in lists. It is exported as AccountInput is.
type AccountInfo struct {
	AppID   string    `json:"appid" example:"1250000001"`
	UIN     string    `json:"uin" doc:"Of the account's root."`
	Name    string    `json:"name"`
	Region  string    `json:"region"`
	Buckets []string  `json:"buckets" doc:"The full names." example:"[\"photos-1250000001\"]"`
	Created time.Time `json:"created" doc:"By the real time."`
	TTL     string    `json:"ttl,omitempty" example:"10m0s" doc:"The account is removed when nobody used it for this long. Absent: it stays."`
}

// newAccount is the answer that makes an account.
type newAccount struct {
	AccountInfo
	SecretID  string `json:"secret_id"`
	SecretKey string `json:"secret_key" doc:"Returned once, here."`
	Endpoint  string `json:"endpoint" example:"http://127.0.0.1:9000" doc:"Where the COS API listens."`
	Console   string `json:"console" example:"http://127.0.0.1:9001/?account=1250000001" doc:"The web console for this account."`
}

type newAccountOutput struct{ Body newAccount }

type accountsOutput struct {
	Body struct {
		Accounts []AccountInfo `json:"accounts" doc:"Sorted by appid. Those of the configuration are not among them."`
	}
}

// accountRequest is the body of POST.
type accountRequest struct {
	Name    string   `json:"name,omitempty" maxLength:"256" doc:"For people: it need not be unique."`
	Region  string   `json:"region,omitempty" pattern:"^[a-z0-9-]*$" maxLength:"64" doc:"Of its buckets. Default: the configured region."`
	Buckets []string `json:"buckets,omitempty" maxItems:"100" uniqueItems:"true" example:"[\"photos\"]" doc:"Names without the APPID. Default: test."`
	Clock   string   `json:"clock,omitempty" example:"-20m" doc:"Its time: an RFC 3339 time or Unix seconds to stand still at, or a distance with a sign. Default: the server's."`
	ACL     string   `json:"acl,omitempty" enum:"private,public-read,public-read-write,authenticated-read" doc:"Of its buckets. Default: private."`
	CORS    string   `json:"cors,omitempty" enum:"none,permissive" doc:"What pages of other origins may do in its buckets while these have no CORS configuration. Default: the setting default_cors."`
	AppID   string   `json:"appid,omitempty" pattern:"^[0-9]*$" maxLength:"12" doc:"Its APPID. Default: one that nobody has."`
	TTL     string   `json:"ttl,omitempty" example:"10m" doc:"Remove the account when nobody used it for this long, by the real clock: neither a request nor a control call for it. Default: it stays."`
}

type newAccountInput struct {
	Body         accountRequest
	scheme, host string
}

// Resolve notes the host of the request, by which the console is reached.
func (in *newAccountInput) Resolve(ctx huma.Context) []error {
	in.scheme, in.host = "http", ctx.Host()
	if ctx.TLS() != nil {
		in.scheme = "https"
	}
	return nil
}

type appIDInput struct {
	AppID string `path:"appid"`
}

func (c *accountCalls) register(api huma.API) {
	create := c.operation("create-account", http.MethodPost, "/accounts",
		"Make an account with a key pair and buckets of its own", http.StatusCreated, http.StatusConflict)
	create.Description = "Tests that run side by side do not meet when each has an account: it has its own APPID, key " +
		"pair, buckets, clock and requests. Give its APPID as account to the other calls."
	huma.Register(api, create, c.createAccount)
	huma.Register(api, c.operation("list-accounts", http.MethodGet, "/accounts",
		"All accounts that were made, without their secrets", http.StatusOK), c.listAccounts)
	huma.Register(api, c.operation("delete-account", http.MethodDelete, "/accounts/{appid}",
		"Remove an account with its buckets, objects, uploads, key pairs and requests",
		http.StatusNoContent, http.StatusNotFound, http.StatusConflict), c.deleteAccount)
}

func (c *accountCalls) createAccount(_ context.Context, in *newAccountInput) (*newAccountOutput, error) {
	b := in.Body
	req := account.Request{AppID: b.AppID, Name: b.Name, Region: b.Region, ACL: b.ACL, CORS: b.CORS, Buckets: b.Buckets}
	if len(req.Buckets) == 0 {
		req.Buckets = []string{"test"}
	}
	like := b.AppID
	if like == "" {
		like = "1250000001"
	}
	for i, name := range req.Buckets {
		name = strings.TrimSuffix(name, "-"+b.AppID)
		if err := addr.ValidBucket(name + "-" + like); err != nil {
			return nil, unprocessable("body.buckets["+strconv.Itoa(i)+"]", err.Error())
		}
		req.Buckets[i] = name
	}
	if names := slices.Sorted(slices.Values(req.Buckets)); len(slices.Compact(names)) < len(req.Buckets) {
		return nil, unprocessable("body.buckets", "name each bucket once")
	}
	var err error
	if req.TTL, err = lease(b.TTL); err != nil {
		return nil, err
	}
	if b.Clock != "" {
		if req.SetClock, err = clockStart(b.Clock, c.emulator.Clock().Real()); err != nil {
			return nil, err
		}
	}
	a, err := c.emulator.Accounts().Make(req)
	switch {
	case errors.Is(err, account.ErrTaken), errors.Is(err, account.ErrFull):
		return nil, huma.Error409Conflict(err.Error())
	case err != nil:
		return nil, c.internalError("making the account", err)
	}
	key := a.Key()
	out := &newAccountOutput{newAccount{
		AccountInfo: showAccount(a, a.Buckets), SecretID: key.SecretID, SecretKey: key.SecretKey,
		Endpoint: "http://" + c.options.API,
		Console:  (&url.URL{Scheme: in.scheme, Host: in.host, Path: "/", RawQuery: "account=" + a.AppID}).String(),
	}}
	return out, nil
}

// minTTL and maxTTL bound a lease.
const (
	minTTL = time.Second
	maxTTL = 365 * 24 * time.Hour
)

// lease reads the ttl of an account; 0: it has none.
func lease(s string) (time.Duration, error) {
	if s == "" {
		return 0, nil
	}
	d, err := parseDistance("body.ttl", s)
	if err == nil && (d < minTTL || d > maxTTL) {
		err = unprocessable("body.ttl", "want a duration from 1s to 365d")
	}
	return d, err
}

// clockStart reads the clock of a new account. real is the real time.
func clockStart(s string, real time.Time) (func(*clock.Clock), error) {
	const where = "body.clock"
	if strings.HasPrefix(s, "+") || strings.HasPrefix(s, "-") {
		d, err := parseDistance(where, s)
		if err == nil {
			err = checkTime(where, real.Add(d))
		}
		return func(c *clock.Clock) { c.Shift(d) }, err
	}
	at, err := time.Parse(time.RFC3339, s)
	if sec, e := strconv.ParseInt(s, 10, 64); e == nil {
		at, err = time.Unix(sec, 0), nil
	}
	if err != nil {
		return nil, unprocessable(where, "want an RFC 3339 time, Unix seconds, or a distance such as -20m or +8h")
	}
	return func(c *clock.Clock) { c.Freeze(at) }, checkTime(where, at)
}

func showAccount(a *account.Account, buckets []string) AccountInfo {
	out := AccountInfo{
		AppID: a.AppID, UIN: a.UIN, Name: a.Name, Region: a.Region, Buckets: append([]string{}, buckets...), Created: a.Created,
	}
	if a.TTL > 0 {
		out.TTL = a.TTL.String()
	}
	return out
}

func (c *accountCalls) listAccounts(context.Context, *struct{}) (*accountsOutput, error) {
	out := &accountsOutput{}
	out.Body.Accounts = []AccountInfo{}
	for _, a := range c.emulator.Accounts().List() {
		buckets, err := c.emulator.Store().BucketsOf(a.AppID)
		if err != nil {
			return nil, c.internalError("listing the buckets", err)
		}
		names := make([]string, len(buckets))
		for i := range buckets {
			names[i] = buckets[i].Name
		}
		out.Body.Accounts = append(out.Body.Accounts, showAccount(a, names))
	}
	return out, nil
}

func (c *accountCalls) deleteAccount(_ context.Context, in *appIDInput) (*struct{}, error) {
	err := c.emulator.Accounts().Remove(in.AppID)
	switch {
	case errors.Is(err, account.ErrUnknown):
		return nil, errNoAccount()
	case errors.Is(err, account.ErrConfigured):
		return nil, huma.Error409Conflict("the configuration names this account, so it stays")
	case err != nil:
		return nil, c.internalError("removing the account", err)
	}
	return nil, nil
}

// account finds the account that a call names, and touches it; nil: it names none.
func (s *shared) account(appID string) (*account.Account, error) {
	if appID == "" {
		return nil, nil
	}
	a, err := s.emulator.Accounts().Get(appID)
	if err != nil {
		return nil, errNoAccount()
	}
	return a, nil
}

func errNoAccount() error { return huma.Error404NotFound("no such account") }

// owns refuses a bucket that does not belong to the account that a call names, if it names one.
func (s *shared) owns(appID, bucket string) error {
	a, err := s.account(appID)
	if err == nil && a != nil && addr.AppID(bucket) != appID {
		err = huma.Error404NotFound("the account has no such bucket")
	}
	return err
}

// ownsKey does the same for a key pair. An empty id is any of the account's.
func (s *shared) ownsKey(appID, secretID string) error {
	a, err := s.account(appID)
	if err != nil || a == nil || secretID == "" {
		return err
	}
	if k, _ := s.emulator.Keys().Get(secretID); k.AppID != appID {
		return huma.Error404NotFound("the account has no key pair with this id")
	}
	return nil
}

// bucketsOf are the buckets of an account, or all.
func (s *shared) bucketsOf(appID string) ([]storage.Bucket, error) {
	a, err := s.account(appID)
	if err != nil {
		return nil, err
	}
	var list []storage.Bucket
	if a != nil {
		list, err = s.emulator.Store().BucketsOf(appID)
	} else {
		list, err = s.emulator.Buckets()
	}
	if err != nil {
		return nil, s.internalError("listing the buckets", err)
	}
	return list, nil
}
