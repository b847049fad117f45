# Rails as its guides and most tutorials begin: has_secure_password, users and sessions, in one file: ruby app.rb PORT
require "action_controller/railtie"
require "active_record/railtie"
require "bcrypt"

ENV["RAILS_ENV"] ||= "development"
ActiveRecord::Base.establish_connection(adapter: "sqlite3", database: File.join(__dir__, "db.sqlite3"))

class App < Rails::Application
  config.root = __dir__
  config.load_defaults 6.1
  config.eager_load = false
  config.secret_key_base = "for-this-test-only" * 4
  config.session_store :cookie_store, key: "_depot_session"
  config.hosts << "localhost"
  config.logger = Logger.new($stderr)
  config.log_level = :warn
  config.paths["config/routes.rb"] = File.join(__dir__, "routes.rb")
  config.paths["config/database"] = File.join(__dir__, "database.yml")
  config.paths["app/views"] = File.join(__dir__, "views")
end

class User < ActiveRecord::Base
  has_secure_password
  validates :name, presence: true, uniqueness: true
  validates :password, length: { minimum: 8 }, allow_nil: true
end

App.initialize!

ActiveRecord::Schema.define do
  create_table :users, force: true do |t|
    t.string :name
    t.string :bio
    t.string :password_digest
    t.timestamps
  end
end

class ApplicationController < ActionController::Base
  protect_from_forgery with: :exception
  prepend_view_path File.join(__dir__, "views")
  helper_method :current_user

  def current_user
    @current_user ||= User.find_by(id: session[:user_id]) if session[:user_id]
  end

  def authorize
    redirect_to login_url, notice: "Please log in" unless current_user
  end
end

class HomeController < ApplicationController
  def index; end
end

class SessionsController < ApplicationController
  def new; end

  def create
    user = User.find_by(name: params[:name])
    if user&.authenticate(params[:password])
      reset_session
      session[:user_id] = user.id
      redirect_to profile_url
    else
      redirect_to login_url, alert: "Invalid user/password combination"
    end
  end

  def destroy
    reset_session
    redirect_to root_url, notice: "Logged out"
  end
end

class UsersController < ApplicationController
  before_action :authorize, except: %i[new create]

  def new
    @user = User.new
  end

  def create
    @user = User.new(params.require(:user).permit(:name, :password, :password_confirmation))
    if @user.save
      redirect_to login_url, notice: "User #{@user.name} was successfully created."
    else
      render :new, status: :unprocessable_entity
    end
  end

  def show
    @user = current_user
  end

  def update
    current_user.update!(params.require(:user).permit(:bio))
    redirect_to profile_url, notice: "Profile was updated."
  end
end

require "puma"
require "puma/server"
server = Puma::Server.new(App)
server.add_tcp_listener("127.0.0.1", Integer(ARGV.fetch(0)))
server.run.join
